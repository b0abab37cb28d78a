# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros import skeleton
from thfm_ros.camera import Intrinsics
from thfm_ros.clips.clip import Clip
from thfm_ros.perception import LandmarkState
from thfm_ros.synth.clips import ClipSettings, make_clip

SMALL = ClipSettings((96, 72), frames=2, stride=2)


@pytest.fixture(scope="module")
def clips(library):
    return [make_clip(library, seed, SMALL) for seed in range(24)]


@pytest.fixture(scope="module")
def portraits(library):
    settings = ClipSettings((256, 192), frames=1)
    return [make_clip(library, seed, settings, "person", "room") for seed in range(8)]


def intrinsics_of(clip: Clip, frame: int = 0) -> Intrinsics:
    height, width = clip.mask.shape[1:]
    return Intrinsics(*(float(value) for value in clip.intrinsics[frame]), width, height)


@pytest.mark.parametrize(
    ("field", "value"), [("size", (8, 8)), ("size", (256, 4096)), ("frames", 0), ("stride", 0)]
)
def test_bad_settings_are_named(field, value):
    with pytest.raises(ValueError, match=rf"ClipSettings\.{field} is .*allowed"):
        ClipSettings(**{field: value})


def test_shapes_and_types(clips):
    for clip in clips:
        people = clip.landmarks2d.shape[1]
        assert clip.rgb.shape == (2, 72, 96, 3)
        assert clip.rgb.dtype == clip.mask.dtype == clip.instance.dtype == np.uint8
        assert clip.depth.shape == clip.part.shape == (2, 72, 96)
        assert clip.normals.shape == clip.dense_pose.shape == (2, 72, 96, 3)
        assert clip.landmarks3d.shape == (2, people, skeleton.COUNT, 3)
        assert clip.landmark_state.shape == (2, people, skeleton.COUNT)
        assert len(clip.about["identities"]) == people


def test_framings_of_all_kinds_appear(clips):
    assert {clip.about["framing"] for clip in clips} >= {"person", "full"}


def test_projecting_3d_landmarks_gives_the_2d_ones(clips):
    for clip in clips:
        for frame in range(2):
            k = intrinsics_of(clip, frame)
            ahead = clip.landmark_state[frame] != LandmarkState.ABSENT
            found = k.project(clip.landmarks3d[frame][ahead])
            given = clip.landmarks2d[frame][ahead]
            near = np.abs(given).max(-1, initial=0) < 1000
            assert np.abs(found - given)[near].max(initial=0) < 0.01


def test_mask_is_the_union_of_instances_and_parts(clips):
    for clip in clips:
        assert np.array_equal(clip.mask > 0, clip.instance > 0)
        assert np.array_equal(clip.mask > 0, clip.part > 0)
        assert np.array_equal(clip.mask > 0, clip.dense_pose.any(-1))
        assert clip.instance.max() <= clip.landmarks2d.shape[1]


def test_person_depth_is_the_persons(portraits):
    for clip in portraits:
        for person in range(clip.landmarks3d.shape[1]):
            own = (clip.instance[0] == person + 1) & (clip.mask[0] > 127)
            reach = clip.landmarks3d[0, person, :, 2]
            if own.sum() > 50:
                assert clip.depth[0][own].min() > reach.min() - 0.6
                assert clip.depth[0][own].max() < reach.max() + 0.6


def test_visible_landmarks_lie_on_their_person(portraits):
    on, seen = 0, 0
    for clip in portraits:
        state, pixels = clip.landmark_state[0, 0], clip.landmarks2d[0, 0]
        for column, row in np.round(pixels[state == LandmarkState.VISIBLE]).astype(int):
            seen += 1
            window = clip.instance[0, max(row - 2, 0) : row + 3, max(column - 2, 0) : column + 3]
            on += (window == 1).any()
    assert seen > 60
    assert on / seen > 0.95


def test_back_projected_depth_gives_the_rendered_normals(portraits):
    angles = []
    for clip in portraits:
        points = intrinsics_of(clip).back_project(clip.depth[0])
        right = points[1:-1, 2:] - points[1:-1, :-2]
        down = points[2:, 1:-1] - points[:-2, 1:-1]
        found = np.cross(down, right)
        found /= np.linalg.norm(found, axis=-1, keepdims=True) + 1e-12
        given = clip.normals[0, 1:-1, 1:-1]
        depth = clip.depth[0]
        bend = sum(abs(np.roll(depth, 1, k) + np.roll(depth, -1, k) - 2 * depth) for k in (0, 1))
        smooth = (bend < 0.004)[1:-1, 1:-1]
        for axis in (0, 1):
            for shift in (-2, -1, 1, 2):
                smooth &= (given * np.roll(given, shift, axis)).sum(-1) > np.cos(np.radians(10))
                same = clip.instance[0] == np.roll(clip.instance[0], shift, axis)
                smooth &= (same & (clip.mask[0] == 255))[1:-1, 1:-1]
        cosine = np.clip((found * given).sum(-1)[smooth], -1, 1)
        angles.append(np.degrees(np.arccos(cosine)))
    assert np.median(np.concatenate(angles)) < 3


def test_the_same_seed_gives_the_same_bytes(library):
    first, second = (make_clip(library, 5, SMALL) for _ in range(2))
    for name in ("rgb", "mask", "depth", "normals", "dense_pose", "landmarks2d", "landmarks3d"):
        assert getattr(first, name).tobytes() == getattr(second, name).tobytes(), name
    assert first.about == second.about


def test_other_seeds_give_other_clips(clips):
    assert len({clip.rgb.tobytes() for clip in clips}) == len(clips)


def test_nobody_is_an_empty_truth(library):
    clip = make_clip(library, 0, SMALL, "nobody", "room")
    assert clip.landmarks2d.shape == (2, 0, skeleton.COUNT, 2)
    assert not clip.mask.any()
    assert (clip.depth > 0).all(), "a room has depth everywhere"


def test_frames_follow_the_stride(library):
    clip = make_clip(library, 3, ClipSettings((64, 48), 3, 4), "person")
    assert np.allclose(np.diff(clip.times), 4 / clip.about["fps"])
