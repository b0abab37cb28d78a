# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Fault F82: a camera that is mounted turned sees what one sees that is mounted upright."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from thfm_ros import skeleton
from thfm_ros.camera import Intrinsics
from thfm_ros.frame import Frame
from thfm_ros.model.checkpoint import save_checkpoint
from thfm_ros.model.presets import preset
from thfm_ros.model.thfm import Thfm
from thfm_ros.perception import Perception, Person
from thfm_ros.runtime.engine import Engine, EngineConfig
from thfm_ros.runtime.looks.rotation import ImageRotation, rotation_for
from thfm_ros.runtime.offline import perceive_offline

SIZE = (64, 48)
BENT = (-0.1, 0.05, 0.003, -0.002, 0.01, 0.0, 0.0, 0.0, 0.001, 0.002, -0.001, 0.0005)


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    torch.manual_seed(0)
    directory = tmp_path_factory.mktemp("tiny")
    save_checkpoint(Thfm(preset("tiny")), directory)
    return EngineConfig(str(directory), min_score=0.0)


def camera(distortion=(), model="plumb_bob"):
    return Intrinsics(60.0, 55.0, 30.0, 25.0, *SIZE, distortion, model)


def test_a_rotation_that_is_none_is_named():
    with pytest.raises(ValueError, match="image_rotation is 45, allowed is one of"):
        ImageRotation(45)


@pytest.mark.fault("F82")
@pytest.mark.parametrize("degrees", [90, 180, 270])
@pytest.mark.parametrize(
    ("distortion", "model"),
    [
        ((), "plumb_bob"),
        (BENT[:5], "plumb_bob"),
        (BENT, "rational_polynomial"),
        ((*BENT, 0.02, 0.0), "rational_polynomial"),
        ((0.01, -0.02, 0.003, 0.0), "equidistant"),
    ],
)
def test_points_fall_on_the_same_pixels(degrees, distortion, model):
    """A point that the turned camera sees at a pixel is in the source where that pixel was."""
    rotation, source = ImageRotation(degrees), camera(distortion, model)
    frame = Frame(1, np.zeros((SIZE[1], SIZE[0], 3), np.uint8), "optical", source)
    upright = rotation.upright(frame)
    assert upright.size == (SIZE if degrees == 180 else SIZE[::-1])
    points = np.random.default_rng(0).uniform(
        (-0.3, -0.3, 1.0), (0.3, 0.3, 2.0), (skeleton.COUNT, 3)
    )
    person = Person(
        score=1.0,
        pixels=upright.intrinsics.project(points).astype(np.float32),
        relative=points.astype(np.float32),
        metric=points.astype(np.float32),
        root=points[0],
        root_covariance=np.diag((1.0, 2.0, 3.0)),
        velocity=points[1],
        confidence=np.ones(skeleton.COUNT, np.float32),
        state=np.ones(skeleton.COUNT, np.uint8),
        box=(2, 3, 10, 20),
    )
    seen = Perception(1, "optical", upright.size, (1, 1), 0, people=(person,))
    (back,) = rotation.back(seen, SIZE).people
    np.testing.assert_allclose(back.pixels, source.project(back.metric), atol=1e-3)
    assert np.allclose(np.linalg.norm(back.relative, axis=-1), np.linalg.norm(points, axis=-1))
    np.testing.assert_allclose(back.root, back.metric[0], atol=1e-6)
    marked = np.zeros(upright.image.shape[:2], np.uint8)
    marked[3:23, 2:12] = 1
    rows, columns = np.nonzero(np.rot90(marked, degrees // 90))
    assert back.box == (columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1)


@pytest.mark.fault("F82")
@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_maps_and_normals_come_back(degrees):
    rotation = ImageRotation(degrees)
    image = np.random.default_rng(0).integers(0, 256, (SIZE[1], SIZE[0], 3), np.uint8)
    upright = rotation.upright(Frame(1, image))
    up = np.zeros((*upright.image.shape[:2], 3), np.float32)
    # What faces the upper edge of the upright image faces that edge's side of the source.
    up[..., 1] = -1
    seen = Perception(
        1,
        "",
        upright.size,
        (1, 1),
        0,
        maps={"dense_pose": upright.image.astype(np.float32), "normals": up},
    )
    back = rotation.back(seen, SIZE)
    np.testing.assert_array_equal(back.dense_pose, image)
    expected = {90: (-1, 0, 0), 180: (0, 1, 0), 270: (1, 0, 0)}[degrees]
    np.testing.assert_allclose(back.normals[5, 5], expected, atol=1e-6)


@pytest.mark.fault("F82")
@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_an_engine_sees_in_a_turned_stream_what_it_sees_upright(config, degrees):
    random = np.random.default_rng(0)
    upright = [
        Frame(index * 10**7, random.integers(0, 255, (59, 81, 3), dtype=np.uint8))
        for index in range(3)
    ]
    turned = [
        replace(frame, image=np.ascontiguousarray(np.rot90(frame.image, degrees // 90)))
        for frame in upright
    ]
    straight, other = Engine(config), Engine(replace(config, rotation=ImageRotation(degrees)))
    for frame, source in zip(upright, turned, strict=True):
        ((_, expected),) = straight.perceive(frame)
        ((told, found),) = other.perceive(source)
        assert told is source
        np.testing.assert_array_equal(found.mask, np.rot90(expected.mask, degrees // 90))
        assert found.size == source.size


def test_a_frame_that_says_its_turn_is_turned_so_and_a_new_one_starts_anew(config):
    random = np.random.default_rng(0)
    upright = [Frame(i, random.integers(0, 255, (59, 81, 3), dtype=np.uint8)) for i in range(4)]
    straight, other = Engine(config), Engine(config)
    for frame, degrees in zip(upright, (0, 0, 90, 90), strict=True):
        image = np.ascontiguousarray(np.rot90(frame.image, degrees // 90))
        if frame.stamp_ns == 2:
            straight.reset()
        ((_, expected),) = straight.perceive(frame)
        ((told, found),) = other.perceive(replace(frame, image=image, rotation=degrees))
        assert told.image is image
        np.testing.assert_array_equal(found.mask, np.rot90(expected.mask, degrees // 90))


@pytest.mark.parametrize(
    ("up", "degrees"),
    [
        ((0, -1, 0), 0),
        ((-1, 0, 0), 90),
        ((0, 1, 0), 180),
        ((1, 0, 0), 270),
        # Tilted down by 60 degrees, and rolled by 30.
        ((0.25, -0.43, 0.87), 0),
        ((0.0, 0.0, -1.0), None),
        ((0.1, 0.1, 0.99), None),
    ],
)
def test_the_turn_after_which_up_is_up(up, degrees):
    rotation = rotation_for(np.array(up, float), ImageRotation())
    assert rotation == (None if degrees is None else ImageRotation(degrees))


def test_a_camera_at_45_degrees_does_not_change_its_mind():
    for wobble in (-8, 8):
        angle = np.radians(45 + wobble)
        up = np.array((-np.sin(angle), -np.cos(angle), 0.0))
        assert rotation_for(up, ImageRotation(0)) == ImageRotation(0)
        assert rotation_for(up, ImageRotation(90)) == ImageRotation(90)
        assert rotation_for(up, ImageRotation(180)).degrees == (0 if wobble < 0 else 90)


@pytest.mark.fault("F82")
def test_offline_too(config):
    random = np.random.default_rng(0)
    frames = [
        Frame(index, random.integers(0, 255, (59, 81, 3), dtype=np.uint8)) for index in range(3)
    ]
    turned = [replace(f, image=np.ascontiguousarray(np.rot90(f.image))) for f in frames]
    straight = perceive_offline(config, frames, 1)
    other = perceive_offline(replace(config, rotation=ImageRotation(90)), turned, 1)
    for (_, expected), (source, found) in zip(straight, other, strict=True):
        assert found.size == source.size
        np.testing.assert_array_equal(found.mask, np.rot90(expected.mask))
