# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import numpy as np
import pytest
import torch

from thfm_ros.frame import Frame
from thfm_ros.model.presets import preset
from thfm_ros.model.thfm import Thfm
from thfm_ros.runtime.crops import Crop, CropReader, _turned, crop_around, distinct

NOISE = np.random.default_rng(0).integers(0, 256, (480, 640, 3), np.uint8)


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return Thfm(preset("tiny")).eval().requires_grad_(False)


@pytest.mark.parametrize("box", [(0, 0, 640, 480), (300, 100, 60, 200), (630, 470, 10, 10)])
def test_a_crop_covers_its_box_and_stays_in_the_image(box):
    x, y, width, height = crop_around(box, (640, 480), (256, 192)).box
    assert 0 <= x <= box[0]
    assert 0 <= y <= box[1]
    assert x + width >= min(box[0] + box[2], 640) >= x
    assert y + height <= 480


def test_landmarks_find_their_way_back():
    crop = crop_around((300, 100, 60, 200), (640, 480), (256, 192))
    spot = np.array((320, 180))
    there = crop.resize.pixels_to_target(spot - crop.box[:2])
    np.testing.assert_allclose(crop.pixels_to_source(there), spot, atol=1e-6)
    image = np.zeros((480, 640, 3), np.uint8)
    image[178:183, 318:323] = 255
    found = np.argwhere(crop.image_to_target(image)[..., 0] > 128).mean(0)[::-1]
    np.testing.assert_allclose(found, there, atol=0.6)


def test_a_batch_reads_what_single_crops_read(model):
    reader = CropReader(model, model.config.size, 0.0, 0.0)
    frames = (Frame(1, NOISE, "c"), Frame(2, NOISE[::-1].copy(), "c"))
    boxes = [(10, 10, 100, 200), (400, 100, 150, 300)]
    clips = [crop_around(box, (640, 480), model.config.size) for box in boxes]
    stack = np.stack([[clip.image_to_target(NOISE)] * 5 for clip in clips])
    together = reader._run(stack)["body"]
    alone = np.stack([reader._run(stack[i : i + 1])["body"][0] for i in range(2)])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    people = reader.read(frames, 3, boxes)
    assert 1 <= len(people) <= 2


def test_two_skeletons_of_one_person_are_one(person_at):
    one = person_at((0, 0, 3), score=0.8)
    again = person_at((0.03, 0, 3), noise_px=2, score=0.9)
    other = person_at((0.5, 0, 3), score=0.7)
    assert [person.score for person in distinct([one, again, other])] == [0.9, 0.7]


def test_the_pose_of_a_crop_is_turned_into_the_cameras_axes(person_at, camera):
    person = person_at((0, 0, 3))
    crop = Crop((640, 480), (500, 190, 100, 100), (64, 48))
    ray = np.array((*camera.rays([[549.5, 239.5]])[0], 1.0))
    ahead = replace(person, relative=np.tile(np.float32((0, 0, 1)), (33, 1)))
    turned = _turned(ahead, crop, camera).relative[0]
    np.testing.assert_allclose(turned, ray / np.linalg.norm(ray), atol=1e-6)
    assert _turned(person, crop, None) is person
