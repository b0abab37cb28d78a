# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""People and their landmarks against the truth: who was found, and how far off each joint is."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from thfm_ros.evaluation.joints import JOINT_SETS, hips
from thfm_ros.evaluation.metrics import people, skeletons
from thfm_ros.evaluation.truth import TruePerson, Truth
from thfm_ros.perception import IN_IMAGE, LandmarkState, Person
from thfm_ros.skeleton import COCO17, LandmarkMap

COCO_SIGMAS = np.array(
    (26, 25, 25, 35, 35, 79, 79, 72, 72, 62, 62, 107, 107, 87, 87, 89, 89), np.float64
) / (1000)
"""Per joint, of COCO's keypoint evaluation (pycocotools)."""
_AREA_OF_BOX = 0.53
"""A person's share of its box, as whole-body benchmarks take it where no segment is at hand."""


@dataclass(frozen=True)
class Observation:
    """One true person in one frame, and how the prediction compares.

    error2d: [J], of the box's longer edge; infinite where not predicted
    points3d, truth3d: metres [J, 3], pelvis-aligned; NaN where unknown
    pa_error: metres, mean over joints after Procrustes
    counts:  the person can be seen at all, so not finding it is an error
    """

    frame: int
    id: str
    joints: LandmarkMap
    state: np.ndarray
    distance: float
    counts: bool
    found: bool
    predicted_id: str
    error2d: np.ndarray
    oks: float
    points3d: np.ndarray
    truth3d: np.ndarray
    pa_error: float
    root_error: float

    @property
    def labelled(self) -> np.ndarray:
        """Joints that are in the image, seen or hidden."""
        return np.isin(self.state, IN_IMAGE)

    @property
    def error3d(self) -> np.ndarray:
        """Metres [J], NaN where unknown."""
        return np.linalg.norm(self.points3d - self.truth3d, axis=-1)

    @property
    def visible_share(self) -> float:
        """How much of the labelled body is in sight, 0..1."""
        return float((self.state == LandmarkState.VISIBLE).sum() / max(self.labelled.sum(), 1))


def observe(frame: int, predicted: tuple[Person, ...], truth: Truth) -> tuple[list, int]:
    """Match a frame's people; return an Observation per true person and the false positives."""
    joints = JOINT_SETS[truth.joints]
    mapped = [joints.apply(person.pixels.astype(np.float64)) for person in predicted]
    cost = np.array(
        [
            [
                people.distance(pixels, true.pixels, _in_image(true), true.size)
                for true in truth.people
            ]
            for pixels in mapped
        ]
    ).reshape(len(predicted), len(truth.people))
    found = {column: row for row, column in people.assign(cost)}
    observations = [
        _observation(frame, joints, true, predicted[found[i]] if i in found else None)
        for i, true in enumerate(truth.people)
    ]
    return observations, len(predicted) - len(found)


def _in_image(true: TruePerson) -> np.ndarray:
    return np.isin(true.state, IN_IMAGE) & np.isfinite(true.pixels).all(-1)


def _observation(
    frame: int, joints: LandmarkMap, true: TruePerson, person: Person | None
) -> Observation:
    count = len(joints.joints)
    error2d, points = np.full(count, np.inf), np.full((count, 3), np.nan)
    oks = root_error = pa_error = float("nan")
    truth3d = skeletons.root_relative(true.positions, hips(joints))
    in_image = _in_image(true)
    if in_image.any():
        oks = 0.0
    if person is not None:
        away = np.linalg.norm(joints.apply(person.pixels.astype(np.float64)) - true.pixels, axis=-1)
        error2d = np.nan_to_num(away / max(true.size, 1e-9), nan=np.inf)
        oks = _oks(joints, person, true)
        points = _pelvis_aligned(joints.apply(person.relative.astype(np.float64)), joints)
        both = in_image & np.isfinite(points).all(-1) & np.isfinite(truth3d).all(-1)
        pa_error = skeletons.pa_mpjpe(points[None], truth3d[None], both[None])
        root_error = _root_error(joints, person, true)
    return Observation(
        frame=frame,
        id=true.id,
        joints=joints,
        state=np.where(in_image, true.state, 0),
        distance=true.distance,
        counts=bool((in_image & (true.state == LandmarkState.VISIBLE)).any()),
        found=person is not None,
        predicted_id=person.id if person is not None else "",
        error2d=error2d,
        oks=oks,
        points3d=points,
        truth3d=truth3d,
        pa_error=pa_error,
        root_error=root_error,
    )


def _pelvis_aligned(points: np.ndarray, joints: LandmarkMap) -> np.ndarray:
    """Move the hips' centre to the origin; where a hip was not predicted they are there already."""
    aligned = skeletons.root_relative(points, hips(joints))
    return aligned if np.isfinite(aligned[list(hips(joints))]).all() else points


def _root_error(joints: LandmarkMap, person: Person, true: TruePerson) -> float:
    if person.metric is None:
        return float("nan")
    ours = joints.apply(person.metric.astype(np.float64))[list(hips(joints))].mean(0)
    return float(np.linalg.norm(ours - true.positions[list(hips(joints))].mean(0)))


def _oks(joints: LandmarkMap, person: Person, true: TruePerson) -> float:
    """OKS on COCO's joints where the truth has them by name; a joint not predicted counts as 0."""
    shared = [name for name in COCO17.joints if name in joints.joints]
    index = [joints.joints.index(name) for name in shared]
    sigmas = COCO_SIGMAS[[COCO17.joints.index(name) for name in shared]]
    predicted = joints.apply(person.pixels.astype(np.float64))[index]
    area = _AREA_OF_BOX * true.box[2] * true.box[3]
    return skeletons.object_keypoint_similarity(
        np.nan_to_num(predicted, nan=1e9)[None],
        np.nan_to_num(true.pixels[index])[None],
        _in_image(true)[index][None],
        np.array([area]),
        sigmas,
    )


def summarise(observations: list[Observation]) -> dict[str, float]:
    """Return recall and the landmark errors of these observations; NaN where undefined."""
    seen = [o for o in observations if o.counts]
    found = [o for o in observations if o.found]
    return {
        "people": float(len(seen)),
        "people_recall": _mean([float(o.found) for o in seen]),
        "pck_0_05": _pck(seen, 0.05, LandmarkState.VISIBLE),
        "pck_0_1": _pck(seen, 0.1, LandmarkState.VISIBLE),
        "pck_0_2": _pck(seen, 0.2, LandmarkState.VISIBLE),
        "pck_0_1_occluded": _pck(seen, 0.1, LandmarkState.OCCLUDED),
        "oks": _mean([o.oks for o in seen]),
        "mpjpe_mm": 1e3 * _mean([e for o in found for e in o.error3d[o.labelled]]),
        "mpjpe_visible_mm": 1e3
        * _mean([e for o in found for e in o.error3d[o.state == LandmarkState.VISIBLE]]),
        "mpjpe_occluded_mm": 1e3
        * _mean([e for o in found for e in o.error3d[o.state == LandmarkState.OCCLUDED]]),
        "pa_mpjpe_mm": 1e3 * _mean([o.pa_error for o in found]),
        "root_error_mm": 1e3 * _mean([o.root_error for o in found]),
    }


def acceleration(observations: list[Observation], rate_hz: float) -> float:
    """Return the acceleration error, metres per second squared, over everybody's track."""
    errors, weights = [], []
    for track in by(observations, lambda o: o.id).values():
        frames = {o.frame: o for o in track}
        span = range(min(frames), max(frames) + 1)
        unknown = np.full_like(track[0].truth3d, np.nan)
        points = np.stack([frames[f].points3d if f in frames else unknown for f in span])
        truth = np.stack([frames[f].truth3d if f in frames else unknown for f in span])
        valid = np.isfinite(points).all(-1) & np.isfinite(truth).all(-1)
        valid &= np.stack([frames[f].labelled if f in frames else 0 * valid[0] for f in span]) > 0
        error = skeletons.acceleration_error(points, truth, valid, rate_hz)
        if np.isfinite(error):
            errors.append(error)
            weights.append(len(span) - 2)
    return float(np.average(errors, weights=weights)) if errors else float("nan")


def by(observations: list[Observation], key) -> dict[str, list[Observation]]:
    """Group observations; a key of None leaves one out."""
    groups: dict[str, list[Observation]] = defaultdict(list)
    for observation in observations:
        if (name := key(observation)) is not None:
            groups[name].append(observation)
    return dict(groups)


def _pck(observations: list[Observation], tolerance: float, state: int) -> float:
    return _mean([float(e <= tolerance) for o in observations for e in o.error2d[o.state == state]])


def _mean(values: list[float]) -> float:
    finite = [value for value in values if np.isfinite(value)]
    return float(np.mean(finite)) if finite else float("nan")
