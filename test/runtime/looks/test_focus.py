# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros.camera import Resize
from thfm_ros.runtime.looks.focus import crop_on_people

SOURCE, TARGET = (640, 480), (128, 96)


def mattes(*boxes, frames=1):
    """Mattes of a first look in which people fill boxes (x, y, width, height) of the source."""
    found = np.zeros((frames, TARGET[1], TARGET[0]), np.float32)
    for index, (x, y, width, height) in enumerate(boxes):
        found[index % frames, y // 5 : (y + height) // 5, x // 5 : (x + width) // 5] = 1
    return found


def test_nobody_is_not_looked_for_again():
    assert crop_on_people(mattes(), Resize(SOURCE, TARGET), (TARGET,)) is None


@pytest.mark.parametrize("box", [(0, 0, 640, 480), (200, 40, 100, 400), (20, 100, 560, 200)])
def test_people_who_fill_the_picture_are_seen_well_enough(box):
    assert crop_on_people(mattes(box), Resize(SOURCE, TARGET), (TARGET,)) is None


@pytest.mark.parametrize("mode", ["letterbox", "stretch"])
@pytest.mark.parametrize("box", [(300, 100, 60, 200), (0, 0, 40, 100), (600, 400, 40, 80)])
def test_a_small_person_fills_the_second_look(box, mode):
    region = Resize(SOURCE, TARGET, mode)
    crop = crop_on_people(mattes(box), region, (TARGET,))
    x, y, width, height = crop.box
    assert x <= box[0]
    assert y <= box[1]
    assert x + width >= box[0] + box[2]
    assert y + height >= box[1] + box[3]
    assert height < 1.6 * box[3]


def test_all_people_of_all_frames_are_in_the_second_look():
    crop = crop_on_people(
        mattes((200, 200, 50, 100), (300, 220, 50, 90), frames=2),
        Resize(SOURCE, TARGET),
        (TARGET,),
    )
    x, y, width, height = crop.box
    assert x <= 200
    assert x + width >= 350
    assert y <= 200
    assert y + height >= 310


def test_a_crumb_of_mask_far_away_is_no_reason_to_look_there():
    with_crumb = mattes((200, 200, 50, 150), (600, 10, 15, 15))
    alone = mattes((200, 200, 50, 150))
    region = Resize(SOURCE, TARGET)
    assert crop_on_people(with_crumb, region, (TARGET,)) == crop_on_people(alone, region, (TARGET,))


def test_a_second_look_finds_the_place_in_a_wider_picture():
    wide = Resize((800, 300), TARGET)
    first = np.zeros((1, 96, 128), np.float32)
    low, high = np.rint(wide.pixels_to_target(np.array([[400, 100], [440, 200]]))).astype(int)
    first[0, low[1] : high[1], low[0] : high[0]] = 1
    x, y, width, height = crop_on_people(first, wide, (TARGET,)).box
    assert x <= 400
    assert y <= 100
    assert x + width >= 440
    assert y + height >= 200


@pytest.mark.parametrize(
    ("box", "target"), [((300, 100, 60, 200), TARGET[::-1]), ((200, 200, 150, 80), TARGET)]
)
def test_a_second_look_has_the_shape_of_the_person(box, target):
    """Somebody upright is a third larger in a crop that stands upright, too."""
    region = Resize(SOURCE, TARGET)
    crop = crop_on_people(mattes(box), region, (TARGET, TARGET[::-1]))
    assert crop.target == target
    lying = crop_on_people(mattes(box), region, (TARGET,))
    assert min(crop.resize.scale) >= min(lying.resize.scale)
