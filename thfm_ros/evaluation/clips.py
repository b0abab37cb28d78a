# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A checkpoint against ground-truth clips: the table of the model card."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch

from thfm_ros import skeleton
from thfm_ros.camera import Resize
from thfm_ros.clips.clip import Clip
from thfm_ros.evaluation.metrics import maps, mattes, skeletons
from thfm_ros.evaluation.metrics.calibration import calibration_error
from thfm_ros.frame import Frame
from thfm_ros.model.thfm import Thfm
from thfm_ros.perception import IN_IMAGE, LandmarkState
from thfm_ros.region import Region, camera_from_region
from thfm_ros.runtime.backends import BackendChoice, choose_backend
from thfm_ros.runtime.looks.focus import Look
from thfm_ros.runtime.scene.distance import DistanceFilter
from thfm_ros.runtime.scene.people import body_values, image_pixels, probability
from thfm_ros.runtime.scene.span import metres_per_pixel
from thfm_ros.runtime.stream.window import WindowClip
from thfm_ros.tasks.depth_code import DepthCode
from thfm_ros.tasks.layout import BODY
from thfm_ros.training.samples import most_visible

_PERSON_PIXELS = 200
_EAGER = BackendChoice("eager")
_TOWARDS_CAMERA = np.array([0, 0, -1], np.float32)


@dataclass(frozen=True)
class Prediction:
    """What was seen in all frames of a clip, at the clip's own size.

    dense:  {task: [T, H, W] or [T, H, W, 3]}
    body:   [T, 34, 6] as body tokens are, but x and y are pixels; None without skeletons
    median: [T] metres, how far away the people's median is, filtered as the node does; None from a
            model that does not tell
    """

    dense: dict[str, np.ndarray]
    body: np.ndarray | None
    median: np.ndarray | None = None


class ClipPredictor:
    """Runs a model over all frames of a clip.

    window, stride: as `windows` has them
    focus:          small people are looked at twice, as the engine does
    """

    def __init__(
        self,
        model: Thfm,
        window: int,
        backend: BackendChoice,
        focus: bool = True,
        stride: int | None = None,
    ) -> None:
        self.model = model
        self.window = window
        self.stride = stride
        self.tasks = model.config.tasks
        self.backend = choose_backend(model, backend, self.tasks, last=window)
        self._look = Look(
            lambda *seen: self.backend.run(*seen),
            focus and model.config.depth_on_people,
            model.config.sizes,
        )

    def __call__(self, clip: Clip) -> Prediction:
        """Predict every frame of a clip."""
        whole = Resize(clip.rgb.shape[2:0:-1], self.model.config.size)
        dense, bodies, distances = defaultdict(list), [], []
        for start, fresh in windows(len(clip.rgb), self.window, self.stride):
            images = clip.rgb[np.maximum(np.arange(start, start + self.window), 0)]
            frames = tuple(Frame(index, image) for index, image in enumerate(images))
            inputs = np.stack([whole.image_to_target(image) for image in images])
            seen = WindowClip(frames, inputs, (), padded=0, fresh=fresh)
            outputs, region = self._look(seen, self.tasks, whole)
            rotation = camera_from_region(region, clip.camera)
            for name, task in self.model.config.dense_tasks.items():
                mapped = [region.map_to_source(frame) for frame in outputs[name][-fresh:]]
                dense[name] += [m @ rotation.T for m in mapped] if task.is_direction else mapped
            body = body_values(outputs, self.model.config.tokens)
            if body is not None:
                bodies.append(_in_pixels(body[-fresh:], region, rotation))
            scale = metres_per_pixel(outputs, self.model.config.tokens, region)
            if scale is not None:
                distances += (scale[-fresh:] * clip.camera.fx).tolist()
        return Prediction(
            {name: np.stack(frames) for name, frames in dense.items()},
            np.concatenate(bodies) if bodies else None,
            _filtered(distances, clip.times) if distances else None,
        )


def _filtered(distances: list[float], times: np.ndarray) -> np.ndarray:
    follow = DistanceFilter()
    stamps = np.round(1e9 * times).astype(int).tolist()
    return np.array(
        [follow.update(one, stamp) for one, stamp in zip(distances, stamps, strict=True)]
    )


def _in_pixels(values: np.ndarray, region: Region, rotation: np.ndarray) -> np.ndarray:
    """Bring body tokens [T, 34, 6] from a region of a picture to its pixels and camera axes."""
    values = values.copy()
    BODY.image_points(values)[:] = image_pixels(values, region)
    BODY.body_points(values)[:] = BODY.body_points(values) @ rotation.T
    return values


def windows(frames: int, length: int, stride: int | None = None) -> list[tuple[int, int]]:
    """Return (first frame, how many of the last are new) of windows that cover `frames` frames.

    Every window ends on a frame of the clip; before the clip's start (a negative first frame) the
    first frame repeats.

    stride: new frames a window; None = windows meet in one frame, and the first is all new
    Raises ValueError for a stride that windows would leave gaps with.
    """
    if stride is not None and not 1 <= stride <= length:
        raise ValueError(f"stride is {stride}, allowed is 1..{length}, the window's frames")
    first, step = (stride, stride) if stride else (length, max(1, length - 1))
    ends, covered = [], 0
    while covered < frames:
        end = min(covered + (step if covered else first), frames)
        ends.append((end - length, end - covered))
        covered = end
    return ends


def evaluate_clips(
    model: Thfm,
    clips: Iterable[Clip],
    window: int,
    backend: BackendChoice = _EAGER,
    focus: bool = True,
    stride: int | None = None,
) -> dict[str, float]:
    """Return a model's table of metrics over clips."""
    predict = ClipPredictor(model, window, backend, focus, stride)
    return score_predictions(((predict(clip), clip) for clip in clips), model.config.depth)


def score_predictions(
    seen_clips: Iterable[tuple[Prediction, Clip]], code: DepthCode
) -> dict[str, float]:
    """Return the table: each metric is the mean over clips in which it is defined.

    `*_ece`, calibration errors of confidences, are those of all clips together.
    code: of the predicted depth
    """
    rows, confidences = defaultdict(list), defaultdict(list)
    for seen, clip in seen_clips:
        for name, value in clip_metrics(seen, clip, code).items():
            if np.isfinite(value):
                rows[name].append(value)
        for name, pairs in confidence_pairs(seen, clip).items():
            confidences[name].append(pairs)
    table = {name: float(np.mean(values)) for name, values in rows.items()}
    for name, pairs in confidences.items():
        table[f"{name}_ece"] = calibration_error(*np.concatenate(pairs, 1))
    return dict(sorted(table.items()))


def clip_metrics(seen: Prediction, clip: Clip, code: DepthCode) -> dict[str, float]:
    """Score one clip; maps are compared at the clip's own size.

    `accel_boxes_s2`, of visible 2D landmarks, counts in longer edges of the clip's mean person box.
    `trivial_*` is what a constant answer would score: normals towards the camera, the mean depth,
    the mean canonical position. `depth_painted_absrel` is of the painted depth alone, without the
    distance that the person's token tells.
    """
    dense = seen.dense
    truth = clip.mask.astype(np.float32) / 255
    people = truth > 0.5
    row = {"mask_mse": mattes.mse(dense["mask"], truth)}
    if not people.any():
        row["nobody_mask_share"] = float((dense["mask"] > 0.5).mean())
        return row
    row["mask_iou"] = mattes.iou(dense["mask"], truth)
    angles = maps.normal_angles(dense["normals"], clip.normals, people)
    row.update({f"normals_{name}": value for name, value in maps.normal_errors(angles).items()})
    frontal = np.broadcast_to(_TOWARDS_CAMERA, clip.normals.shape)
    row["trivial_normals_deg"] = float(maps.normal_angles(frontal, clip.normals, people).mean())
    # Figures that are no parametric body have no canonical positions.
    if clip.dense_pose[people].any():
        row["dense_pose_error"] = maps.dense_pose_error(
            dense["dense_pose"], clip.dense_pose, people
        )
        middle = np.broadcast_to(clip.dense_pose[people].mean(0), clip.dense_pose.shape)
        row["trivial_dense_pose_error"] = maps.dense_pose_error(middle, clip.dense_pose, people)
    row.update(_depth_row(seen, clip, people, code))
    return row if seen.body is None else {**row, **_body_row(seen.body, clip)}


def confidence_pairs(seen: Prediction, clip: Clip) -> dict[str, np.ndarray]:
    """Return stated probabilities and what is true, [2, N], of landmarks seen and of a person."""
    if seen.body is None:
        return {}
    presence, visibility = (
        probability(logits(seen.body)) for logits in (BODY.presence, BODY.visibility)
    )
    if not clip.landmarks2d.shape[1]:
        return {"person": np.stack([presence, np.zeros(len(presence))])}
    who, there = _most_visible(clip)
    person = np.stack([presence, there])
    state = clip.landmark_state[there, who]
    # Figures have no landmarks, seen or not.
    known = state > 0
    if not known.any():
        return {"person": person}
    visible = state[known] == LandmarkState.VISIBLE
    return {"visibility": np.stack([visibility[there][known], visible]), "person": person}


def _most_visible(clip: Clip) -> tuple[int, np.ndarray]:
    """Return whom the one skeleton is of, and in which frames they are there [T]."""
    who = most_visible(clip.instance, clip.landmarks2d.shape[1])
    return who, (clip.instance == who + 1).any((1, 2))


def _depth_row(
    seen: Prediction, clip: Clip, people: np.ndarray, code: DepthCode
) -> dict[str, float]:
    known = people & (clip.depth > 0)
    ratio = code.ratio(torch.from_numpy(seen.dense["depth"])).numpy()
    # Windows are painted over their own median each; what the network tells makes them comparable.
    depth = ratio if seen.median is None else ratio * seen.median[:, None, None]
    errors = maps.aligned_depth_errors(depth, clip.depth, known)
    middle = np.full_like(clip.depth, clip.depth[known].mean())
    row = {
        "depth_absrel": errors["abs_rel"],
        "depth_delta1": errors["delta1"],
        "trivial_depth_absrel": maps.depth_errors(middle, clip.depth, known)["abs_rel"],
    }
    if seen.median is not None:
        painted = maps.aligned_depth_errors(ratio, clip.depth, known)
        row["depth_painted_absrel"] = painted["abs_rel"]
    return row


def _body_row(values: np.ndarray, clip: Clip) -> dict[str, float]:
    counts = np.bincount(clip.instance.ravel(), minlength=clip.landmarks2d.shape[1] + 1)
    if len(counts) < 2 or counts[1:].max() < _PERSON_PIXELS:
        return {}
    who, seen = _most_visible(clip)
    state = clip.landmark_state[:, who]
    visible = (state == LandmarkState.VISIBLE) & seen[:, None]
    labelled = np.isin(state, IN_IMAGE) & seen[:, None]
    pixels, size = BODY.image_points(values), _box_edges(clip.instance == who + 1)
    truth2d = clip.landmarks2d[:, who]
    relative = skeletons.root_relative(BODY.body_points(values), skeleton.HIPS)
    truth3d = skeletons.root_relative(clip.landmarks3d[:, who], skeleton.HIPS)
    rate = clip.about["fps"] / clip.about.get("stride", 1)
    return {
        "pck_0_05": skeletons.pck(pixels, truth2d, visible, size, 0.05),
        "pck_0_1": skeletons.pck(pixels, truth2d, visible, size, 0.1),
        "pck_0_2": skeletons.pck(pixels, truth2d, visible, size, 0.2),
        "accel_boxes_s2": skeletons.acceleration_error(
            pixels / size.mean(), truth2d / size.mean(), visible, rate
        ),
        "mpjpe_mm": 1e3 * skeletons.mpjpe(relative, truth3d, labelled),
        "pa_mpjpe_mm": 1e3 * skeletons.pa_mpjpe(relative, truth3d, labelled),
        "accel_m_s2": skeletons.acceleration_error(relative, truth3d, labelled, rate),
        "person_score": float(probability(BODY.presence(values)).mean()),
    }


def _box_edges(person: np.ndarray) -> np.ndarray:
    """Return the longer edge [T] of each frame's person box; 1 where there is nobody."""
    edges = []
    for frame in person:
        rows, columns = np.nonzero(frame.any(1))[0], np.nonzero(frame.any(0))[0]
        edges.append(max(np.ptp(rows), np.ptp(columns)) + 1 if len(rows) else 1)
    return np.array(edges)
