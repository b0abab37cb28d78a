# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How far off metres are: where people stand, and their depth, on clips with known cameras.

Two witnesses are asked: the engine, and the ground truth in a network's place, which shows what the
geometry alone costs, without noise and with noise of a stated size.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass

import numpy as np

from thfm_ros import skeleton
from thfm_ros.clips.clip import Clip
from thfm_ros.evaluation.metrics import maps
from thfm_ros.evaluation.metrics.people import assign, distance
from thfm_ros.frame import Frame
from thfm_ros.perception import IN_IMAGE, LandmarkState, Person
from thfm_ros.runtime.engine import Engine
from thfm_ros.runtime.scene.depth_alignment import AlignmentPolicy, DepthAligner
from thfm_ros.runtime.scene.metric import locate
from thfm_ros.runtime.scene.people import landmark_box

SMALLEST_SHARE = 0.004
"""Of the image; people of whom less is seen are not asked for."""
FEWEST_LANDMARKS = 6

Seen = tuple[tuple[Person, ...], np.ndarray | None]
Witness = Callable[[Clip], Iterator[Seen]]
"""Of each frame of a clip: people, and metres along z [H, W] or None where they are withheld."""


@dataclass(frozen=True)
class Noise:
    """What is added to the truth, one standard deviation each.

    pixel_share: of the person's longer edge in the image, each landmark on its own
    landmark_m:  metres, each landmark of the root-relative pose on its own
    size_share:  of the person's size, all landmarks together: one view does not show it
    depth_share: of the relative depth, each pixel on its own
    """

    pixel_share: float = 0.0
    landmark_m: float = 0.0
    size_share: float = 0.0
    depth_share: float = 0.0

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not 0 <= value < 1:
                raise ValueError(f"Noise.{name} is {value}, allowed is 0 to less than 1")


EXACT = Noise()
LIKELY = Noise(pixel_share=0.02, landmark_m=0.04, size_share=0.05, depth_share=0.03)
"""What a good network leaves: 4 cm a joint, and bodies that differ in size by 5 %."""


class EngineWitness:
    """What the engine says, as the node would publish it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __call__(self, clip: Clip) -> Iterator[Seen]:
        """Push every frame; people who were not seen in it do not count."""
        self._engine.reset()
        camera = clip.camera
        for time, image in zip(clip.times, clip.rgb, strict=True):
            stamp = 1 + round(float(time) * 1e9)
            seen = self._engine.push(Frame(stamp, image, "camera", camera))
            yield tuple(p for p in seen.people if p.seen), seen.depth


class TruthWitness:
    """What the geometry makes of the truth with noise; seeded, so that two runs agree."""

    def __init__(self, noise: Noise, seed: int = 0) -> None:
        self._noise, self._random = noise, np.random.default_rng(seed)

    def __call__(self, clip: Clip) -> Iterator[Seen]:
        """Locate everybody and align relative depth to them, frame by frame."""
        camera, aligner = clip.camera, DepthAligner(AlignmentPolicy())
        sizes = 1 + self._normal(self._noise.size_share, clip.landmarks3d.shape[1])
        for index, time in enumerate(clip.times):
            people = tuple(
                locate(self._tell(clip, index, who, sizes[who]), camera)
                for who in people_in(clip, index)
            )
            ratio = self._ratio(clip, index)
            metres, _ = aligner.align(ratio, people, None, 1 + round(float(time) * 1e9))
            yield tuple(p for p in people if p.root is not None), metres

    def _tell(self, clip: Clip, index: int, who: int, size: float) -> Person:
        state, points = clip.landmark_state[index, who], clip.landmarks3d[index, who]
        pixels = clip.landmarks2d[index, who].astype(np.float64)
        inside = pixels[np.isin(state, IN_IMAGE)]
        edge = float(np.ptp(inside, axis=0).max())
        pixels = pixels + self._normal(self._noise.pixel_share * edge, pixels.shape)
        relative = size * (points - points[skeleton.HIPS].mean(0))
        relative = relative + self._normal(self._noise.landmark_m, relative.shape)
        absent = state == LandmarkState.ABSENT
        pixels[absent] = relative[absent] = np.nan
        return Person(
            score=1.0,
            pixels=pixels.astype(np.float32),
            relative=relative.astype(np.float32),
            confidence=np.where(state == LandmarkState.VISIBLE, 0.9, 0.5).astype(np.float32),
            state=state,
            box=landmark_box(inside, clip.rgb.shape[2:0:-1]),
        )

    def _ratio(self, clip: Clip, index: int) -> np.ndarray:
        """Return depth over the people's median in the clip [H, W], NaN off people."""
        known = (clip.mask > 127) & (clip.depth > 0)
        median = np.median(clip.depth[known]) if known.any() else 1.0
        ratio = np.where(known[index], clip.depth[index] / median, np.nan)
        return ratio * (1 + self._normal(self._noise.depth_share, ratio.shape))

    def _normal(self, sigma: float, shape) -> np.ndarray:
        return self._random.normal(0, 1, shape) * sigma


def metric_measures(witness: Witness | Engine, clips: Iterable[Clip]) -> dict[str, float]:
    """Return the measures over all frames of clips; NaN where nothing could be compared.

    root_position_error_mm_*: distance of the hips' centre, of the people who were found
    root_position_error_share: the same over the true distance, median
    people_found_share:        of those of whom enough is in the picture
    metric_depth_absrel:       metres as published, on true people's pixels, mean over frames
    metric_depth_aligned_absrel: the same after one scale and shift per clip, mean over clips
    metric_depth_frames_share: frames with people whose metres were not withheld
    """
    witness = EngineWitness(witness) if isinstance(witness, Engine) else witness
    rows = defaultdict(list)
    for clip in clips:
        published = []
        for index, (people, metres) in enumerate(witness(clip)):
            _score_people(rows, clip, index, people)
            _score_depth(rows, clip, index, metres)
            published.append(np.full_like(clip.depth[index], np.nan) if metres is None else metres)
        _score_aligned_depth(rows, clip, np.stack(published))
    errors = rows["error_m"]
    shares = np.divide(errors, rows["distance_m"]) if errors else []
    return {
        "root_position_error_mm_median": 1e3 * _mean(np.median, errors),
        "root_position_error_mm_mean": 1e3 * _mean(np.mean, errors),
        "root_position_error_share": _mean(np.median, shares),
        "people_found_share": _mean(np.mean, rows["found"]),
        "people": len(rows["found"]),
        "metric_depth_absrel": _mean(np.mean, rows["absrel"]),
        "metric_depth_aligned_absrel": _mean(np.mean, rows["aligned_absrel"]),
        "metric_depth_frames_share": _mean(np.mean, rows["published"]),
        "frames_with_people": len(rows["published"]),
    }


def people_in(clip: Clip, index: int) -> list[int]:
    """Return who of a clip's people can be asked for in a frame: enough of them is seen."""
    least = SMALLEST_SHARE * clip.instance[index].size
    seen = [(clip.instance[index] == who + 1).sum() for who in range(clip.landmarks2d.shape[1])]
    in_view = np.isin(clip.landmark_state[index], IN_IMAGE).sum(-1)
    return [w for w, n in enumerate(seen) if n >= least and in_view[w] >= FEWEST_LANDMARKS]


def _score_people(rows: dict, clip: Clip, index: int, people: tuple[Person, ...]) -> None:
    asked = people_in(clip, index)
    located = [person for person in people if person.root is not None]
    cost = np.full((len(located), len(asked)), np.inf)
    for column, who in enumerate(asked):
        valid = np.isin(clip.landmark_state[index, who], IN_IMAGE)
        truth = clip.landmarks2d[index, who]
        edge = float(np.ptp(truth[valid], axis=0).max())
        for row, person in enumerate(located):
            cost[row, column] = distance(person.pixels, truth, valid, edge)
    pairs = assign(cost)
    for row, column in pairs:
        true_root = clip.landmarks3d[index, asked[column]][skeleton.HIPS].mean(0)
        rows["error_m"].append(float(np.linalg.norm(located[row].root - true_root)))
        rows["distance_m"].append(float(np.linalg.norm(true_root)))
    rows["found"] += [True] * len(pairs) + [False] * (len(asked) - len(pairs))


def _score_depth(rows: dict, clip: Clip, index: int, metres: np.ndarray | None) -> None:
    if not people_in(clip, index):
        return
    rows["published"].append(metres is not None)
    if metres is None:
        return
    valid = (clip.mask[index] > 127) & (clip.depth[index] > 0) & np.isfinite(metres)
    if valid.any():
        rows["absrel"].append(maps.depth_errors(metres, clip.depth[index], valid)["abs_rel"])


def _score_aligned_depth(rows: dict, clip: Clip, metres: np.ndarray) -> None:
    valid = (clip.mask > 127) & (clip.depth > 0) & np.isfinite(metres)
    if valid.any():
        errors = maps.aligned_depth_errors(metres, clip.depth, valid)
        rows["aligned_absrel"].append(errors["abs_rel"])


def _mean(average: Callable, values: list) -> float:
    return float(average(values)) if len(values) else float("nan")
