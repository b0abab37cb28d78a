# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Render one frame: meshes in, linear colour and all ground truth out."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from thfm_ros.camera import Intrinsics
from thfm_ros.synth.render import raster
from thfm_ros.synth.render.arrays import Light, Mesh, Surfaces, Surroundings, View
from thfm_ros.synth.render.resolve import OVERSAMPLING, make_scratch, resolve

NEAR_M = 0.08
SHADOW_SIZE = 320


class Layers(NamedTuple):
    """The ground truth of one frame.

    depth:      float32 [H, W], metres along z, 0 = unknown
    normals:    float32 [H, W, 3], unit, optical frame (towards the camera: z < 0), 0 = unknown
    mask:       uint8 [H, W], coverage by people, 0..255
    instance:   uint8 [H, W], 1.. = person, wherever mask > 0
    part:       uint8 [H, W], index into parts.PARTS, wherever mask > 0
    dense_pose: float32 [H, W, 3], canonical 0..1, wherever mask > 0
    Depth and normals belong to a person wherever mask > 127, and to what is behind elsewhere.
    """

    depth: np.ndarray
    normals: np.ndarray
    mask: np.ndarray
    instance: np.ndarray
    part: np.ndarray
    dense_pose: np.ndarray


def make_view(rotation: np.ndarray, origin: np.ndarray, intrinsics: Intrinsics) -> View:
    """Return the camera at `origin` whose rows of `rotation` are right, down and forward."""
    rotation = np.ascontiguousarray(rotation, np.float32)
    return View(
        rotation,
        np.asarray(-rotation @ origin, np.float32),
        np.asarray(origin, np.float32),
        np.array([intrinsics.fx, intrinsics.fy], np.float32),
        np.array([intrinsics.cx, intrinsics.cy], np.float32),
    )


def make_light(
    harmonics: np.ndarray,
    yaw: float,
    sun: np.ndarray,
    colour: np.ndarray,
    points: np.ndarray,
    faces: np.ndarray,
    centre: np.ndarray,
    radius: float,
) -> Light:
    """Return a light with the shadow map of a mesh, sharp within `radius` metres of `centre`."""
    sun = np.asarray(sun, float) / np.linalg.norm(sun)
    helper = np.array([0, 0, 1.0]) if abs(sun[2]) < 0.95 else np.array([1.0, 0, 0])
    right = np.cross(helper, -sun)
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(-sun, right), -sun]).astype(np.float32)
    translation = (-rotation @ np.asarray(centre, np.float32)).astype(np.float32)
    scale = np.float32(SHADOW_SIZE / (2 * radius))
    colour = np.asarray(colour, np.float32)
    shadow = np.full((SHADOW_SIZE, SHADOW_SIZE), raster.FAR, np.float32)
    if colour.sum() > 1e-3:
        screen = np.empty_like(points)
        focal, middle = np.full(2, scale), np.full(2, SHADOW_SIZE / 2, np.float32)
        raster.project(points, rotation, translation, focal, middle, False, screen)
        raster.draw_depth(screen, faces, shadow)
    return Light(
        np.asarray(harmonics, np.float32),
        np.array([np.cos(yaw), np.sin(yaw)], np.float32),
        sun.astype(np.float32),
        colour,
        shadow,
        rotation,
        translation,
        float(scale),
    )


def render(
    mesh: Mesh,
    surfaces: Surfaces,
    around: Surroundings,
    light: Light,
    view: View,
    size: tuple[int, int],
) -> tuple[np.ndarray, Layers]:
    """Return linear colour float32 [H, W, 3] and the ground truth of a frame of `size` (W, H)."""
    width, height = size
    fine = (height * OVERSAMPLING, width * OVERSAMPLING)
    screen = np.empty_like(mesh.points)
    centre = ((view.centre + 0.5) * OVERSAMPLING - 0.5).astype(np.float32)
    focal = view.focal * np.float32(OVERSAMPLING)
    raster.project(mesh.points, view.rotation, view.translation, focal, centre, True, screen)
    depth = np.full(fine, raster.FAR, np.float32)
    triangle = np.full(fine, -1, np.int32)
    weights = np.zeros((*fine, 2), np.float32)
    raster.draw(screen, mesh.faces, NEAR_M, depth, triangle, weights)
    colour = np.zeros((height, width, 3), np.float32)
    layers = Layers(
        np.zeros((height, width), np.float32),
        np.zeros((height, width, 3), np.float32),
        np.zeros((height, width), np.uint8),
        np.zeros((height, width), np.uint8),
        np.zeros((height, width), np.uint8),
        np.zeros((height, width, 3), np.float32),
    )
    resolve(
        mesh,
        surfaces,
        around,
        light,
        view,
        depth,
        triangle,
        weights,
        make_scratch(),
        colour,
        layers,
    )
    return colour, layers
