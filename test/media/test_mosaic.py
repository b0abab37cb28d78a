# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros import skeleton
from thfm_ros.frame import Frame
from thfm_ros.media import mosaic
from thfm_ros.perception import Perception, Person
from thfm_ros.tasks import DENSE


def person(pixels):
    return Person(
        score=0.9,
        pixels=pixels.astype(np.float32),
        relative=np.zeros((skeleton.COUNT, 3), np.float32),
        confidence=np.ones(skeleton.COUNT, np.float32),
        state=np.ones(skeleton.COUNT, np.uint8),
        box=(0, 0, 1, 1),
    )


def perception(size, **maps):
    return Perception(1, "camera", size, (1, 1), 0, **maps)


@pytest.mark.parametrize("size", [(176, 144), (641, 479), (1280, 720), (9, 31)])
def test_any_size_gives_even_pictures_of_one_size(size):
    frame = Frame(1, np.zeros((size[1], size[0], 3), np.uint8))
    nothing = mosaic.draw(frame, perception(size))
    everything = mosaic.draw(
        frame,
        perception(
            size,
            maps={
                name: np.ones((*size[::-1], 3)[: 2 + (task.channels == 3)], np.float32)
                for name, task in DENSE.items()
            },
        ),
        banner="UNTRAINED WEIGHTS",
        caption="text",
    )
    assert nothing.shape == everything.shape
    assert nothing.shape[0] % 2 == nothing.shape[1] % 2 == 0


def test_landmarks_without_estimate_or_far_outside_are_no_trouble():
    pixels = np.full((skeleton.COUNT, 2), np.nan)
    pixels[::3] = 1e9
    frame = Frame(1, np.zeros((48, 64, 3), np.uint8))
    mosaic.draw(frame, perception((64, 48), people=(person(pixels),)))


def test_a_skeleton_is_drawn():
    pixels = np.linspace((5, 5), (58, 42), skeleton.COUNT)
    frame = Frame(1, np.zeros((48, 64, 3), np.uint8))
    without = mosaic.draw(frame, perception((64, 48)))
    drawn = mosaic.draw(frame, perception((64, 48), people=(person(pixels),)))
    assert (without != drawn).any(-1).sum() > 1000
