# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Where a person stands, in metres: from 2D landmarks, root-relative 3D landmarks and intrinsics.

The landmarks' rays and their known spread in metres leave only the root's translation open, and
that is linear: for a ray (u, v, 1) and a point (x, y, z), x = u z and y = v z are two equations.
A network that tells how far away somebody is adds a third.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from thfm_ros.camera import Intrinsics
from thfm_ros.perception import IN_IMAGE, LandmarkState, Person
from thfm_ros.runtime.scene.depth_alignment import SURFACE_OFFSET_M
from thfm_ros.runtime.scene.robust import median, noise_of

MIN_LANDMARKS = 6
NEAREST_M = 0.15
MAX_RESIDUAL = 0.25
"""Of the skeleton's extent in the image: beyond it 2D and 3D do not tell of the same pose."""
_ITERATIONS = 8
_SETTLED_M = 1e-3
_HUBER = 1.5
_MIN_NOISE_PX = 0.5
_LEAST_DETERMINED = 1e-12
_SCALE_SIGMA = 0.06
"""How far bodies differ in size from what one view shows, as a share of the distance."""
_PREDICTED_SIGMA = 0.08
"""Of the distance that a network tells, as a share of it."""


@dataclass(frozen=True)
class RootFit:
    """Where a person's root is.

    position:    metres [3], optical frame
    covariance:  square metres [3, 3], image noise and the body's unknown size
    residual_px: of each landmark, pixels [33], NaN where it took no part
    """

    position: np.ndarray
    covariance: np.ndarray
    residual_px: np.ndarray

    @property
    def sigma(self) -> float:
        """One standard deviation along the least certain direction, metres."""
        return float(np.sqrt(np.linalg.eigvalsh(self.covariance)[-1]))


def locate(person: Person, intrinsics: Intrinsics) -> Person:
    """Return the person with `metric` and `sigma` set, or as it was where no fit is good enough."""
    fit = fit_root(person, intrinsics)
    if fit is None:
        return person
    fit = _towards_prediction(fit, person, intrinsics)
    metric = (person.relative + fit.position).astype(np.float32)
    focal = 0.5 * (intrinsics.fx + intrinsics.fy)
    spread = np.nan_to_num(fit.residual_px) * metric[:, 2] / focal
    sigma = np.hypot(fit.sigma, spread).astype(np.float32)
    sigma[~np.isfinite(metric).all(-1)] = np.nan
    return replace(
        person, root=fit.position, root_covariance=fit.covariance, metric=metric, sigma=sigma
    )


def fit_root(person: Person, intrinsics: Intrinsics) -> RootFit | None:
    """Fit the root's translation robustly; None when too little or contradictory is seen.

    Iteratively reweighted least squares on the distance in pixels, weighted by the landmarks'
    confidence, with Huber's weights first and Cauchy's at the end.
    """
    seen = np.isin(person.state, IN_IMAGE)
    rays = intrinsics.rays(person.pixels)
    seen &= np.isfinite(rays).all(-1) & np.isfinite(person.relative).all(-1)
    if seen.sum() < MIN_LANDMARKS:
        return None
    relative, rays = person.relative[seen].astype(np.float64), rays[seen]
    focal = np.array((intrinsics.fx, intrinsics.fy))
    solution = _solve(rays, relative, person.confidence[seen].astype(np.float64), focal)
    if solution is None:
        return None
    position, covariance, residual = solution
    extent = np.ptp(person.pixels[seen], axis=0).max()
    if median(residual) > MAX_RESIDUAL * extent:
        return None
    covariance = covariance + _SCALE_SIGMA**2 * np.outer(position, position)
    residual_px = np.full(len(seen), np.nan)
    residual_px[seen] = residual
    return RootFit(position, covariance, residual_px)


def _towards_prediction(fit: RootFit, person: Person, intrinsics: Intrinsics) -> RootFit:
    """Correct a fit by the distance that the network tells, each as far as it is certain."""
    visible = (person.state == LandmarkState.VISIBLE) & np.isfinite(person.relative).all(-1)
    if person.metres_per_pixel is None or not visible.any():
        return fit
    skin = person.relative[visible, 2] - SURFACE_OFFSET_M[visible]
    predicted_distance = person.metres_per_pixel * intrinsics.fx - median(skin)
    along = fit.covariance[:, 2]
    gain = along / (along[2] + (_PREDICTED_SIGMA * predicted_distance) ** 2)
    position = fit.position + gain * (predicted_distance - fit.position[2])
    if position[2] + np.nanmin(person.relative[:, 2]) < NEAREST_M:
        return fit
    return replace(
        fit, position=position, covariance=fit.covariance - np.outer(gain, fit.covariance[2])
    )


def _solve(
    rays: np.ndarray, relative: np.ndarray, confidence: np.ndarray, focal: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Return translation [3], its covariance and the residuals in pixels [N]."""
    system, target = _equations(rays, relative)
    weight, position = confidence, None
    # Huber's loss is convex and finds the way; Cauchy's then lets go of what is plainly wrong.
    for convex in (True, False):
        for iteration in range(_ITERATIONS):
            before = position
            position = _step(system, target, weight, relative, focal, before)
            if position is None:
                return None
            residual = _reprojection(rays, relative + position, focal)
            noise = noise_of(residual, _MIN_NOISE_PX)
            pull = residual / (_HUBER * noise)
            weight = confidence / (np.maximum(pull, 1.0) if convex else 1.0 + pull**2)
            # The first step of a loss still goes by the weights of the one before.
            if iteration and np.abs(position - before).max() < _SETTLED_M:
                break
    row = np.sqrt(weight)[:, None] * focal / (relative[:, 2:] + position[2])
    return position, np.linalg.inv(_information(system, row)) * noise**2, residual


def _step(
    system: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray,
    relative: np.ndarray,
    focal: np.ndarray,
    before: np.ndarray | None,
) -> np.ndarray | None:
    """Return the translation that fits best under weights [N], None where there is none."""
    # Pixels, not metres, are noisy: divide by each point's depth, as it is known so far.
    depth = 1.0 if before is None else relative[:, 2:] + before[2]
    row = np.sqrt(weight)[:, None] * focal / depth
    information = _information(system, row)
    # Hadamard: 0 where all rays are one, 1 where they say three things.
    if not np.linalg.det(information) > _LEAST_DETERMINED * information.diagonal().prod():
        return None
    position = np.linalg.solve(information, np.einsum("nij,ni->j", system, target * row**2))
    return None if (relative[:, 2] + position[2] < NEAREST_M).any() else position


def _information(system: np.ndarray, row: np.ndarray) -> np.ndarray:
    """Return the normal equations' matrix [3, 3] of equations [N, 2, 3] weighted by row [N, 2]."""
    weighted = (system * row[..., None]).reshape(-1, 3)
    return weighted.T @ weighted


def _equations(rays: np.ndarray, relative: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the system [N, 2, 3] and its target [N, 2]: t_xy - ray t_z = ray Z - XY."""
    system = np.zeros((len(rays), 2, 3))
    system[:, 0, 0] = system[:, 1, 1] = 1.0
    system[..., 2] = -rays
    return system, rays * relative[:, 2:] - relative[:, :2]


def _reprojection(rays: np.ndarray, points: np.ndarray, focal: np.ndarray) -> np.ndarray:
    return np.linalg.norm((points[:, :2] / points[:, 2:] - rays) * focal, axis=-1)
