# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from thfm_ros import skeleton
from thfm_ros.frame import Frame
from thfm_ros.perception import LandmarkState, Perception, TrackState
from thfm_ros.runtime.scene.depth_alignment import AlignmentPolicy
from thfm_ros.runtime.scene.scene import Scene, ScenePolicy
from thfm_ros.runtime.scene.tracking import TrackPolicy
from thfm_ros.tasks.depth_code import DepthCode

CODE = DepthCode("log_ratio", 0.4)
TASKS = ("depth", "mask", "keypoints2d", "keypoints3d")
BLACK = np.zeros((480, 640, 3), np.uint8)
MEDIAN_M = 3.0


class World:
    """People as thick skeletons: their mask, their depth, and what a network would say of them."""

    def __init__(self, person_at, camera):
        self.person_at, self.camera = person_at, camera
        self.looked = []

    def see(self, stamp_ns, *places):
        self.people = [self.person_at(at, noise_px=1.0, seed=i) for i, at in enumerate(places)]
        depth = np.full((480, 640), np.inf, np.float32)
        for person, place in sorted(zip(self.people, places, strict=True), key=lambda p: -p[1][2]):
            canvas = np.zeros((480, 640), np.uint8)
            for a, b in skeleton.BONES:
                ends = [tuple(int(v) for v in person.pixels[i]) for i in (a, b)]
                cv2.line(canvas, *ends, 255, max(3, round(120 / place[2])))
            depth[canvas > 0] = place[2] - 0.05
        mask = np.isfinite(depth)
        ratio = np.where(mask, depth / MEDIAN_M, np.nan).astype(np.float32)
        relative = CODE.value(torch.from_numpy(ratio)).numpy()
        frame = Frame(stamp_ns, BLACK, "optical", self.camera)
        seen = Perception(
            stamp_ns,
            "optical",
            (640, 480),
            (stamp_ns, stamp_ns),
            0,
            tuple(self.people[:1]),
            maps={"depth": relative, "mask": mask.astype(np.float32)},
        )
        return seen, TASKS, (frame,), 0

    def read_crops(self, frames, padded, boxes, mask):
        """A crop shows the person whose middle is nearest to the middle of the box."""
        self.looked.append(boxes)
        found = {}
        for x, y, width, height in boxes:
            middle = np.array((x + width / 2, y + height / 2))
            distance = [np.linalg.norm(p.pixels[[23, 24]].mean(0) - middle) for p in self.people]
            found[int(np.argmin(distance))] = self.people[int(np.argmin(distance))]
        return tuple(found.values())


@pytest.fixture
def world(person_at, camera):
    return World(person_at, camera)


def test_one_person_costs_no_second_look(world):
    scene = Scene(ScenePolicy(), CODE, world.read_crops)
    result = scene.complete(*world.see(1, (0, 0, 3)))
    (person,) = result.people
    assert world.looked == []
    assert person.root == pytest.approx((0, 0, 3), abs=0.1)
    assert set(np.unique(result.instances)) == {0, 1}


def test_several_people_are_looked_at_one_by_one(world):
    scene = Scene(ScenePolicy(), CODE, world.read_crops)
    result = scene.complete(*world.see(1, (-0.9, 0, 3), (0.9, 0, 3)))
    assert len(world.looked[0]) == len(result.people) == 2
    assert {round(float(p.root[0]), 1) for p in result.people} == {-0.9, 0.9}
    assert set(np.unique(result.instances)) == {0, 1, 2}


@pytest.mark.fault("F48")
def test_more_people_than_allowed(world):
    scene = Scene(ScenePolicy(TrackPolicy(max_people=2)), CODE, world.read_crops)
    result = scene.complete(*world.see(1, (-1.1, 0, 4), (0, 0, 4), (1.1, 0, 4)))
    assert len(result.people) == 2
    alone = Scene(ScenePolicy(TrackPolicy(max_people=1)), CODE, world.read_crops)
    world.looked.clear()
    assert len(alone.complete(*world.see(1, (-1, 0, 4), (1, 0, 4))).people) == 1
    assert world.looked == []


@pytest.mark.fault("F91")
def test_of_a_crowd_the_nearest_is_looked_at_and_the_rest_is_counted(world):
    """Issue 27.3: whoever was left out was not there."""
    scene = Scene(ScenePolicy(TrackPolicy(max_people=2)), CODE, world.read_crops)
    crowd = ((-2.4, 0, 6), (0.0, 0, 2.2), (2.4, 0, 6))
    for step in range(3):
        result = scene.complete(*world.see(1 + step * 33_000_000, *crowd))
        assert len(world.looked[-1]) == 2
        assert result.people[0].root[2] == pytest.approx(2.2, abs=0.1)
        assert result.not_looked_at == 1
        assert 5.0 < result.others_m < 7.0


@pytest.mark.fault("F91")
@pytest.mark.parametrize("with_depth", [True, False])
def test_somebody_nearer_without_a_skeleton_is_somebody(world, with_depth):
    seen, tasks, frames, padded = world.see(1, (-0.9, 0, 4), (0.7, 0, 2))
    world.people = world.people[:1]
    if not with_depth:
        seen = replace(seen, maps={"mask": seen.mask})
    scene = Scene(ScenePolicy(depth=AlignmentPolicy("fixed", 3.0)), CODE, world.read_crops)
    result = scene.complete(seen, tasks, frames, padded)
    assert len(result.people) == result.not_looked_at == 1
    if with_depth:
        assert result.others_m == pytest.approx(2.0, abs=0.2)
    else:
        assert np.isnan(result.others_m)


def test_who_is_alone_leaves_nobody_else(world):
    result = Scene(ScenePolicy(), CODE, world.read_crops).complete(*world.see(1, (0, 0, 3)))
    assert (result.not_looked_at, result.others_m) == (0, np.inf)


def test_depth_is_metres_on_people(world):
    scene = Scene(ScenePolicy(), CODE, world.read_crops)
    result = scene.complete(*world.see(1, (-0.9, 0, 2.5), (0.9, 0, 4)))
    known = np.isfinite(result.depth)
    truth = CODE.ratio(torch.from_numpy(result.depth_relative)).numpy() * MEDIAN_M
    assert np.abs(result.depth[known] / truth[known] - 1).mean() < 0.05
    assert result.metric.source == "keypoints"


def test_depth_is_as_far_as_the_network_says(world):
    seen, *rest = world.see(1, (0, 0, 3))
    (person,) = seen.people
    far = replace(person, metres_per_pixel=4.0 / world.camera.fx)
    result = Scene(ScenePolicy(), CODE, world.read_crops).complete(
        replace(seen, people=(far,)), *rest
    )
    assert result.metric.scale == pytest.approx(4.0)
    assert 3.0 < result.people[0].root[2] < 4.1


@pytest.mark.fault("F31")
def test_a_distance_is_not_believed_of_somebody_who_is_nowhere(world):
    seen, *rest = world.see(1, (0, 0, 3))
    (person,) = seen.people
    shuffled = np.random.default_rng(0).permutation(person.pixels)
    nonsense = replace(person, pixels=shuffled, metres_per_pixel=4.0 / world.camera.fx)
    result = Scene(ScenePolicy(), CODE, world.read_crops).complete(
        replace(seen, people=(nonsense,)), *rest
    )
    assert result.people[0].root is None
    assert result.depth is None


@pytest.mark.fault("F10")
def test_without_intrinsics_there_are_no_metres(person_at):
    world = World(person_at, None)
    world.camera = None
    world.person_at = lambda place, **noise: person_at(place, **noise)
    result = Scene(ScenePolicy(), CODE, world.read_crops).complete(*world.see(1, (0, 0, 3)))
    assert result.people[0].metric is None
    assert result.depth is None
    assert result.metric.source == "none"
    assert result.people[0].id


def test_touching_people_are_looked_at_where_they_should_be(world):
    scene = Scene(ScenePolicy(), CODE, world.read_crops)
    ids = set()
    for step in range(60):
        x = -0.8 + 1.6 * step / 59
        stamp = 1 + step * 33_000_000
        result = scene.complete(*world.see(stamp, (x, 0, 3.0), (-x, 0, 3.1)))
        ids |= {person.id for person in result.people}
    assert len(ids) == 2


def test_nobody_is_missed_while_skeletons_do_not_run(world):
    scene = Scene(ScenePolicy(), CODE, world.read_crops)
    scene.complete(*world.see(1, (0, 0, 3)))
    seen, _, frames, padded = world.see(33_000_000, (0, 0, 3))
    result = scene.complete(seen, ("mask",), frames, padded)
    assert result.instances is None
    again = scene.complete(*world.see(66_000_000, (0, 0, 3)))
    assert again.people[0].track_state == TrackState.TRACKED


def test_the_box_of_who_walks_out_of_the_image_stays_inside_of_it(world):
    scene = Scene(ScenePolicy(), CODE, world.read_crops)
    for step in range(8):
        scene.complete(*world.see(100_000_000 * (step + 1), (0.2 * step, 0, 3)))
    told = [scene.complete(*world.see(100_000_000 * (step + 9))).people[0] for step in range(9)]
    assert {person.track_state for person in told} == {TrackState.PREDICTED}
    for person in told:
        x, y, width, height = person.box
        assert 0 <= x < x + width <= 640
        assert 0 <= y < y + height <= 480
    assert (told[-1].box[0], told[-1].box[2]) == (639, 1)
    assert (told[-1].state == LandmarkState.OUT_OF_VIEW).all()


@pytest.mark.fault("F25")
def test_a_reset_starts_anew(world):
    scene = Scene(ScenePolicy(), CODE, world.read_crops)
    first = scene.complete(*world.see(10**9, (0, 0, 3)))
    scene.reset()
    second = scene.complete(*world.see(1, (0, 0, 3)))
    assert second.people[0].track_state == TrackState.NEW
    assert second.people[0].id != first.people[0].id


@pytest.mark.fault("F83")
def test_another_clock_makes_nobody_somebody_else(world):
    scene, far = Scene(ScenePolicy(), CODE, world.read_crops), 10**12
    ids = set()
    for index in range(8):
        now = 2 * far + index * 33_000_000
        if index:
            scene.shift(far if index % 2 == 0 else -far)
        seen = scene.complete(*world.see(now - far * (index % 2), (0, 0, 3)))
        ids |= {person.id for person in seen.people}
    assert len(ids) == 1


def test_what_is_wanted_brings_what_it_needs():
    policy = ScenePolicy()
    assert policy.needs(frozenset({"normals"})) == {"normals"}
    assert policy.needs(frozenset({"keypoints2d"})) == {"keypoints2d", "mask"}
    assert policy.needs(frozenset({"depth"})) == {"depth", "keypoints2d", "keypoints3d", "mask"}
    fixed = ScenePolicy(TrackPolicy(1), AlignmentPolicy("fixed"))
    assert fixed.needs(frozenset({"depth", "keypoints2d"})) == {"depth", "keypoints2d"}
