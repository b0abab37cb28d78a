# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import numpy as np
import pytest
import torch

from thfm_ros import skeleton
from thfm_ros.camera import Intrinsics
from thfm_ros.clips.folder import ShardFolder
from thfm_ros.tasks import DENSE
from thfm_ros.tasks.depth import Depth
from thfm_ros.tasks.depth_code import DepthCode
from thfm_ros.training.augmentation import cut
from thfm_ros.training.samples import make_batch, most_visible

CODE = DepthCode("log_ratio", 0.4)
SIZE = (64, 48)


class Mirrored:
    """A random source that always mirrors and changes nothing else."""

    def __init__(self):
        self.draws = iter([1.0, 1.0, 0.0, 1.0, 1.0])

    def random(self):
        return next(self.draws)


def clip(shards, people):
    return ShardFolder(shards).load(people)


def test_an_empty_folder_says_how_to_fill_it(tmp_path):
    with pytest.raises(ValueError, match="thfm synth clips"):
        ShardFolder(tmp_path)


def test_shards_are_read_by_random_access(shards):
    folder = ShardFolder(shards)
    assert len(folder) == 6
    assert folder.length(4) == 5
    assert folder.load(4, slice(1, 3)).frames == 2
    assert folder.fingerprint() == ShardFolder(shards).fingerprint()


def test_a_folder_can_be_cut_to_its_first_shards_or_to_few_people(shards):
    folder = ShardFolder(shards)
    folder.keep(1)
    assert len(folder) == 3
    folder.keep_people(1)
    assert [folder.load(k).landmarks2d.shape[1] for k in range(len(folder))] == [0, 1]


def test_maps_are_painted_in_range(shards):
    batch = make_batch([clip(shards, 1), clip(shards, 2)], SIZE, None, DENSE)
    for name, task in DENSE.items():
        painted = task.paint(batch.maps[name])
        assert painted.shape == (2, 3, 5, 48, 64)
        assert painted.abs().max() <= 1


def test_depth_is_relative_to_the_peoples_median(shards):
    batch = make_batch([clip(shards, 1)], SIZE, None)
    on_person = batch.people > 0
    assert batch.maps["depth"][on_person] == pytest.approx(1)
    painted = Depth(CODE).paint(batch.maps["depth"])[:, :1]
    assert painted[on_person] == pytest.approx(0, abs=1e-6)
    assert (painted[~on_person] == 1).all()


def test_depth_of_a_soft_edge_that_is_background_does_not_count(shards):
    sample = clip(shards, 1)
    depth = sample.depth.copy()
    first = tuple(np.argwhere(sample.instance > 0)[0])
    depth[first] = 60_000
    sample = replace(sample, depth=depth)
    batch = make_batch([sample], SIZE, None)
    assert batch.people[0, 0][first] == 1
    assert batch.valid["depth"][0, 0][first] == 0


def test_nobody_gives_empty_targets(shards):
    batch = make_batch([clip(shards, 0)], SIZE, None)
    for name in ("people", "visible", "labelled", "person", "span"):
        assert getattr(batch, name).abs().sum() == 0, name
    assert batch.valid["depth"].sum() == batch.maps["normals"].abs().sum() == 0


def test_the_span_is_the_width_of_the_picture_at_the_peoples_median_depth(shards):
    """People 2 m away, 64 pixels at a focal length of 60; half of it is half as wide."""
    whole = clip(shards, 1)
    batch = make_batch([whole], (32, 24), None)
    assert batch.span.exp().numpy() == pytest.approx(np.full((1, 5), 2 * 64 / 60))
    half = make_batch([cut(whole, (0, 0, 32, 48))], SIZE, None)
    assert half.span.exp().numpy() == pytest.approx(np.full((1, 5), 64 / 60))


def test_landmarks_are_in_units_of_the_image(shards):
    sample = clip(shards, 1)
    batch = make_batch([sample], (32, 24), None)
    pixels = (batch.image_points[0].numpy() + 1) / 2 * (64, 48) - 0.5
    assert np.allclose(pixels, sample.landmarks2d[:, 0], atol=1e-4)
    hips = batch.body_points[0][:, [skeleton.INDEX["left_hip"], skeleton.INDEX["right_hip"]]]
    assert hips.mean(1).abs().max() < 1e-5


def test_mirroring_twice_is_identity(shards):
    once = make_batch([clip(shards, 1)], SIZE, Mirrored())
    plain = make_batch([clip(shards, 1)], SIZE, None)
    assert torch.equal(once.video.flip(-1), plain.video)
    assert torch.equal(once.people.flip(-1), plain.people)
    order = list(skeleton.MIRROR)
    flip = torch.tensor([-1.0, 1.0])
    assert torch.allclose(once.image_points[:, :, order] * flip, plain.image_points)


def test_mirrored_vectors_point_the_other_way(shards):
    sample = clip(shards, 1)
    normals = sample.normals.copy()
    normals[sample.instance > 0] = (76, 0, -102)
    sample = replace(sample, normals=normals)
    once = make_batch([sample], SIZE, Mirrored())
    on_person = once.people[0, 0] > 0
    assert (once.maps["normals"][0, 0][on_person] < 0).all()
    assert once.maps["dense_pose"][0, 0][on_person] == pytest.approx(1 - 0.7, abs=0.01)


def test_the_skeleton_is_the_most_visible_persons():
    instance = np.zeros((1, 4, 4), np.uint8)
    instance[0, :, :3], instance[0, 0, 0] = 2, 1
    assert most_visible(instance, 2) == 1


def test_directions_are_told_in_the_axes_that_a_window_of_the_picture_shows(shards):
    whole = clip(shards, 1)
    whole = replace(whole, normals=np.full_like(whole.normals, (0, 0, -127)))
    window = cut(whole, (16, 0, 48, 36))
    straight, turned = (make_batch([part], SIZE, None) for part in (whole, window))
    camera = Intrinsics(*whole.intrinsics[0].tolist(), 64, 48)
    rotation = camera.facing((16 + 23.5, 17.5))
    assert np.degrees(np.arccos(rotation[2, 2])) > 5
    on_people = turned.people[0, 0] > 0
    frontal = turned.maps["normals"][0].movedim(0, -1)[on_people].numpy()
    np.testing.assert_allclose(frontal, np.broadcast_to(-rotation[2], frontal.shape), atol=1e-5)
    points = straight.body_points[0].numpy() @ rotation
    np.testing.assert_allclose(turned.body_points[0], points, atol=1e-5)


def test_the_middle_of_everybody_who_is_seen(shards):
    sample = clip(shards, 2)
    batch = make_batch([sample], SIZE, None)
    assert batch.present.sum(-1).unique().tolist() == [len(np.unique(sample.instance)) - 1]
    first = sample.instance[0] == 1
    middle = (np.argwhere(first).mean(0)[::-1] + 0.5) / first.shape[::-1] * 2 - 1
    assert np.allclose(batch.centres[0, 0, 0], middle, atol=1e-5)
