# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import numpy as np
import pytest

from thfm_ros import skeleton
from thfm_ros.camera import Resize
from thfm_ros.frame import Frame
from thfm_ros.model.presets import preset
from thfm_ros.region import Crop, camera_from_region, crop_around
from thfm_ros.runtime.looks.crops import CropReader, distinct

NOISE = np.random.default_rng(0).integers(0, 256, (480, 640, 3), np.uint8)


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


def test_every_box_is_looked_at_and_its_skeleton_comes_back_to_its_place():
    config = preset("tiny")
    seen = []

    def run(clip):
        """See a skeleton in the middle of every crop."""
        seen.append(clip)
        values = np.zeros((1, skeleton.COUNT + 1, 6), np.float32)
        values[..., :2] = np.random.default_rng(0).uniform(-0.2, 0.2, (skeleton.COUNT + 1, 2))
        values[..., 5] = 9.0
        return {"body": values}

    reader = CropReader(run, config.tokens, (config.size,), 0.5, 0.3)
    frames = (Frame(1, NOISE, "c"), Frame(2, NOISE[::-1].copy(), "c"))
    boxes = [(150, 140, 60, 150), (400, 150, 80, 160)]
    people = reader.read(frames, 3, boxes, np.zeros((480, 640), np.float32))
    assert [clip.shape for clip in seen] == [(5, 48, 64, 3)] * 2
    assert np.array_equal(seen[0][0], seen[0][3])
    for person, (x, y, width, height) in zip(people, boxes, strict=True):
        centre = person.pixels.mean(0)
        assert np.abs(centre - (x + width / 2, y + height / 2)).max() < 0.25 * height


def test_in_a_crop_of_somebody_the_others_are_painted_over():
    seen = []
    reader = CropReader(lambda clip: seen.append(clip) or {}, (), ((64, 48),), 0.5, 0.3)
    image = np.full((480, 640, 3), 100, np.uint8)
    image[100:300, 200:260], image[50:400, 300:400] = 200, 250
    reader.read((Frame(1, image, "c"),), 0, [(200, 100, 60, 200)], (image[..., 0] > 150) * 1.0)
    colours = np.unique(seen[0])
    assert colours[-1] == 200
    assert (seen[0] == 200).sum() > 100


def test_two_skeletons_of_one_person_are_one(person_at):
    one = person_at((0, 0, 3), score=0.8)
    again = person_at((0.03, 0, 3), noise_px=2, score=0.9)
    other = person_at((0.5, 0, 3), score=0.7)
    assert [person.score for person in distinct([one, again, other])] == [0.9, 0.7]


def test_a_crop_makes_at_most_two_pixels_of_one():
    crop = crop_around((300, 200, 6, 12), (640, 480), (192, 144))
    assert max(crop.resize.scale) <= 2
    assert crop.box[0] < 300 < 306 < crop.box[0] + crop.box[2]


def test_directions_in_a_crop_are_turned_into_the_cameras_axes(camera):
    crop = Crop((640, 480), (500, 190, 100, 100), (64, 48))
    ray = np.array((*camera.rays([[549.5, 239.5]])[0], 1.0))
    ahead = camera_from_region(crop, camera) @ (0, 0, 1)
    np.testing.assert_allclose(ahead, ray / np.linalg.norm(ray), atol=1e-12)
    assert camera_from_region(crop, None) is None


def test_a_whole_picture_is_turned_by_where_its_middle_looks(camera):
    whole, centred = Resize((640, 480), (64, 48)), replace(camera, cx=319.5, cy=239.5)
    np.testing.assert_allclose(camera_from_region(whole, centred), np.eye(3), atol=1e-12)
    shifted = replace(centred, cx=319.5 - centred.fx)
    ahead = camera_from_region(whole, shifted) @ (0, 0, 1)
    np.testing.assert_allclose(ahead, np.sqrt((0.5, 0, 0.5)), atol=1e-12)
