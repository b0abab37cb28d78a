# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""People for RViz and Foxglove: markers in space, and annotations on the image."""

from __future__ import annotations

import colorsys
import math

import numpy as np
from builtin_interfaces.msg import Duration
from geometry_msgs.msg import Point, Pose, Quaternion, Vector3
from std_msgs.msg import ColorRGBA
from visualization_msgs.msg import Marker, MarkerArray

from thfm_ros import skeleton
from thfm_ros.nodes.messages import header_of
from thfm_ros.perception import LandmarkState, Perception, Person, TrackState

try:
    from foxglove_msgs.msg import Color, ImageAnnotations, Point2, PointsAnnotation, TextAnnotation
except ImportError:
    ImageAnnotations = None
"""None where foxglove_msgs is not installed: then there is no topic `annotations`."""

LIFETIME_S = 1.0
_JOINT_M, _BONE_M, _TEXT_M = 0.04, 0.02, 0.15
_HEAD_ROOM_M = 0.25
_FAINT = 0.35
_GOLDEN = 0.618


def people_markers(perception: Perception) -> MarkerArray:
    """Spheres, bones and a label for everybody whose metres are known.

    Each array first deletes what the one before showed, so that nobody lingers.
    """
    header = header_of(perception)
    markers = [Marker(header=header, action=Marker.DELETEALL)]
    for index, person in enumerate(perception.people):
        if person.metric is not None and person.present:
            # Messages are slow to make: landmarks that are ends of several bones share theirs.
            points = [_point(position) for position in person.metric]
            markers += [
                _joints(person, index, points),
                _bones(person, index, points),
                _label(person, index),
            ]
    for marker in markers:
        marker.header = header
    return MarkerArray(markers=markers)


def image_annotations(perception: Perception):
    """Bones and ids as foxglove_msgs/ImageAnnotations; only where foxglove_msgs is installed."""
    stamp = header_of(perception).stamp
    points, texts = [], []
    for person in perception.people:
        if not person.present:
            continue
        known = np.isfinite(person.pixels).all(-1)
        ends = [i for bone in skeleton.BONES if known[list(bone)].all() for i in bone]
        paint = _colour(person)
        colour = Color(r=paint.r, g=paint.g, b=paint.b, a=paint.a)
        points.append(
            PointsAnnotation(
                timestamp=stamp,
                type=PointsAnnotation.LINE_LIST,
                points=[Point2(x=float(x), y=float(y)) for x, y in person.pixels[ends]],
                outline_color=colour,
                thickness=2.0,
            )
        )
        texts.append(
            TextAnnotation(
                timestamp=stamp,
                position=Point2(x=float(person.box[0]), y=float(person.box[1])),
                text=_text(person),
                font_size=14.0,
                text_color=colour,
            )
        )
    return ImageAnnotations(points=points, texts=texts)


def _joints(person: Person, index: int, points: list[Point]) -> Marker:
    marker = _marker("joints", index, Marker.SPHERE_LIST, person, (_JOINT_M,) * 3)
    known = np.flatnonzero(np.isfinite(person.metric).all(-1))
    bright, faint = _colour(person), _colour(person, _FAINT)
    marker.points = [points[landmark] for landmark in known]
    marker.colors = [
        bright if person.state[landmark] == LandmarkState.VISIBLE else faint for landmark in known
    ]
    return marker


def _bones(person: Person, index: int, points: list[Point]) -> Marker:
    marker = _marker("bones", index, Marker.LINE_LIST, person, (_BONE_M, 0.0, 0.0))
    known = np.isfinite(person.metric).all(-1)
    ends = [i for bone in skeleton.BONES if known[list(bone)].all() for i in bone]
    marker.points = [points[landmark] for landmark in ends]
    return marker


def _label(person: Person, index: int) -> Marker:
    marker = _marker("labels", index, Marker.TEXT_VIEW_FACING, person, (0.0, 0.0, _TEXT_M))
    marker.text = _text(person)
    highest = float(np.nanmin(person.metric[:, 1])) if np.isfinite(person.metric).any() else 0.0
    x, _, z = map(float, person.root)
    marker.pose.position = Point(x=x, y=highest - _HEAD_ROOM_M, z=z)
    return marker


def _marker(
    namespace: str, index: int, kind: int, person: Person, scale: tuple[float, float, float]
) -> Marker:
    seconds, rest = divmod(LIFETIME_S, 1)
    return Marker(
        ns=namespace,
        id=index,
        type=kind,
        action=Marker.ADD,
        pose=Pose(orientation=Quaternion(w=1.0)),
        scale=Vector3(x=scale[0], y=scale[1], z=scale[2]),
        color=_colour(person),
        lifetime=Duration(sec=int(seconds), nanosec=int(rest * 1e9)),
    )


def _text(person: Person) -> str:
    distance = math.nan if person.root is None else float(np.linalg.norm(person.root))
    return person.id if math.isnan(distance) else f"{person.id} {distance:.1f} m"


def _colour(person: Person, alpha: float = 1.0) -> ColorRGBA:
    """Return a colour that stays with the id."""
    if person.track_state == TrackState.PREDICTED:
        alpha *= _FAINT
    hue = sum(ord(letter) * 31**place for place, letter in enumerate(person.id)) * _GOLDEN % 1
    red, green, blue = colorsys.hsv_to_rgb(hue, 0.75, 1.0)
    return ColorRGBA(r=red, g=green, b=blue, a=alpha)


def _point(position: np.ndarray) -> Point:
    x, y, z = map(float, position)
    return Point(x=x, y=y, z=z)
