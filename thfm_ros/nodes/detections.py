# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""People as vision_msgs and people_msgs have them, where those packages are installed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from geometry_msgs.msg import Point, Pose, PoseWithCovariance, Quaternion, Vector3
from scipy.ndimage import find_objects

from thfm_ros.nodes.messages import header_of
from thfm_ros.perception import Perception, Person

try:
    from vision_msgs.msg import (
        BoundingBox2D,
        BoundingBox3D,
        Detection2D,
        Detection2DArray,
        Detection3D,
        Detection3DArray,
        ObjectHypothesis,
        ObjectHypothesisWithPose,
    )
except ImportError:
    Detection2DArray = None
"""None where vision_msgs is not installed."""

try:
    from people_msgs.msg import People
    from people_msgs.msg import Person as PersonMessage
except ImportError:
    People = None
"""None where people_msgs is not installed."""

CLASS = "person"
WITHOUT_SKELETON = 255
"""The value in Perception.instances of somebody who has no skeleton, and so no id."""


def topics() -> tuple[tuple[str, type, frozenset[str], Callable[[Perception], object]], ...]:
    """Return (topic, message type, tasks that it needs, maker) of what is installed here."""
    people2d, people3d = frozenset({"keypoints2d"}), frozenset({"keypoints3d"})
    found = ()
    if Detection2DArray is not None:
        found += (
            ("detections2d", Detection2DArray, people2d, detections2d),
            ("mask/detections2d", Detection2DArray, people2d | {"mask"}, mask_detections2d),
            ("detections3d", Detection3DArray, people3d, detections3d),
        )
    if People is not None:
        found += (("people", People, people3d, people),)
    return found


def detections2d(perception: Perception):
    """A box around the landmarks of everybody who is seen, pixels of the source image."""
    found = [_flat(perception, p, p.box) for p in perception.people if p.seen]
    return Detection2DArray(header=header_of(perception), detections=found)


def mask_detections2d(perception: Perception):
    """A box around each person's pixels; somebody without a skeleton has no id and no score.

    None where the mask was not looked at.
    """
    if perception.instances is None:
        return None
    found = []
    for index, slices in enumerate(find_objects(perception.instances)):
        if slices is None:
            continue
        rows, columns = slices
        box = (columns.start, rows.start, columns.stop - columns.start, rows.stop - rows.start)
        known = index + 1 != WITHOUT_SKELETON
        person = perception.people[index] if known else None
        found.append(_flat(perception, person, box))
    return Detection2DArray(header=header_of(perception), detections=found)


def detections3d(perception: Perception):
    """A box around the landmarks of everybody who is seen and whose metres are known.

    Its axes are those of the camera's optical frame. The hypothesis' pose is the centre of the hips
    with its covariance; of the orientation nothing is said.
    """
    found = [_solid(perception, p) for p in perception.people if p.seen and _is_placed(p)]
    return Detection3DArray(header=header_of(perception), detections=found)


def people(perception: Perception):
    """Who is where and how fast, as social navigation wants it; the hidden included.

    Positions are in the camera's optical frame; an unknown velocity is zero.
    """
    return People(
        header=header_of(perception),
        people=[
            PersonMessage(
                name=person.id,
                position=_point(person.root),
                velocity=_point(np.zeros(3) if person.velocity is None else person.velocity),
                reliability=float(person.score),
                tagnames=["track_state"],
                tags=[person.track_state.name],
            )
            for person in perception.people
            if person.present and _is_placed(person)
        ],
    )


def _flat(perception: Perception, person: Person | None, box: tuple[int, int, int, int]):
    x, y, width, height = box
    detection = Detection2D(header=header_of(perception), bbox=BoundingBox2D())
    # Its edges are pixel borders, as in RegionOfInterest: from x to x + width.
    centre = detection.bbox.center.position
    centre.x, centre.y = x + width / 2, y + height / 2
    detection.bbox.size_x, detection.bbox.size_y = float(width), float(height)
    if person is not None:
        detection.id = person.id
    detection.results = [_hypothesis(person)]
    return detection


def _solid(perception: Perception, person: Person):
    known = person.metric[np.isfinite(person.metric).all(-1)]
    low, high = known.min(0), known.max(0)
    centre = Pose(position=_point((low + high) / 2), orientation=Quaternion(w=1.0))
    x, y, z = map(float, high - low)
    return Detection3D(
        header=header_of(perception),
        bbox=BoundingBox3D(center=centre, size=Vector3(x=x, y=y, z=z)),
        id=person.id,
        results=[_hypothesis(person)],
    )


def _hypothesis(person: Person | None):
    score = 0.0 if person is None else float(person.score)
    made = ObjectHypothesisWithPose(hypothesis=ObjectHypothesis(class_id=CLASS, score=score))
    if person is not None and _is_placed(person):
        covariance = np.zeros((6, 6))
        if person.root_covariance is not None:
            covariance[:3, :3] = person.root_covariance
        pose = Pose(position=_point(person.root), orientation=Quaternion(w=1.0))
        made.pose = PoseWithCovariance(pose=pose, covariance=covariance.ravel())
    return made


def _is_placed(person: Person) -> bool:
    known = person.root is not None and person.metric is not None
    return known and bool(np.isfinite(person.root).all())


def _point(position: np.ndarray) -> Point:
    x, y, z = map(float, position)
    return Point(x=x, y=y, z=z)
