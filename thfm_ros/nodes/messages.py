# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Perceptions as messages, and back."""

from __future__ import annotations

import array
import math
from collections.abc import Sequence

import numpy as np
from builtin_interfaces.msg import Time
from geometry_msgs.msg import Point, Vector3
from sensor_msgs.msg import Image, RegionOfInterest
from std_msgs.msg import Header

from thfm_ros import skeleton
from thfm_ros.frame import NS_PER_S
from thfm_ros.msg import (
    DepthInfo,
    InferenceStats,
    Keypoints2D,
    Keypoints3D,
    NearestPerson,
    Person2D,
    Person3D,
    SkeletonInfo,
)
from thfm_ros.nodes.images import image_message
from thfm_ros.perception import (
    MetricDepth,
    Perception,
    Person,
    TrackState,
)
from thfm_ros.runtime.scene.nearest import nearest_person as find_nearest
from thfm_ros.tasks import DenseTask

_NAN = float("nan")
_UNKNOWN = np.full((skeleton.COUNT, 3), np.nan, np.float32)
_DEPTH_SOURCES = {
    "none": DepthInfo.NONE,
    "keypoints": DepthInfo.KEYPOINTS,
    "sensor": DepthInfo.DEPTH_SENSOR,
    "parameter": DepthInfo.PARAMETER,
}


def stamp_message(stamp_ns: int) -> Time:
    """Nanoseconds as a Time."""
    return Time(sec=stamp_ns // NS_PER_S, nanosec=stamp_ns % NS_PER_S)


def stamp_ns(stamp: Time) -> int:
    """A Time as nanoseconds."""
    return stamp.sec * NS_PER_S + stamp.nanosec


def header_of(perception: Perception) -> Header:
    """The header of the camera image that a perception describes."""
    return Header(stamp=stamp_message(perception.stamp_ns), frame_id=perception.frame_id)


def depth_image(perception: Perception) -> Image:
    """Metres along z, 32FC1, NaN where unknown (REP-118)."""
    return image_message(header_of(perception), perception.depth, "32FC1")


def map_image(perception: Perception, task: DenseTask) -> Image:
    """A dense task's map, in the task's encoding and unit."""
    pixels = task.to_pixels(perception.maps[task.name])
    return image_message(header_of(perception), pixels, task.encoding)


def instances_image(perception: Perception) -> Image:
    """Whose pixel it is, mono8: 1 + index into Keypoints2D.persons, 0 = nobody, 255 = unknown."""
    return image_message(header_of(perception), perception.instances, "mono8")


def depth_info(perception: Perception) -> DepthInfo:
    """What the depth images of this stamp mean."""
    metric = perception.metric or MetricDepth(_NAN, _NAN, _NAN, 0, "none")
    message = DepthInfo(
        header=header_of(perception),
        kind=DepthInfo.AFFINE_INVARIANT,
        scale=metric.scale,
        shift=metric.shift,
        residual=metric.residual,
        anchors=metric.anchors,
        source=_DEPTH_SOURCES[metric.source],
        min_depth=_NAN,
        max_depth=_NAN,
    )
    if perception.depth is not None:
        message.kind = DepthInfo.METRIC
        # fmin and fmax pass over NaN; depth is never infinite.
        message.min_depth = float(np.fmin.reduce(perception.depth, axis=None))
        message.max_depth = float(np.fmax.reduce(perception.depth, axis=None))
    return message


def keypoints2d(perception: Perception) -> Keypoints2D:
    """Everybody's landmarks in pixels of the source image."""
    width, height = perception.size
    return Keypoints2D(
        header=header_of(perception),
        skeleton=skeleton.NAME,
        width=width,
        height=height,
        persons=[_person2d(person) for person in perception.people],
        not_looked_at=perception.not_looked_at,
    )


def keypoints3d(perception: Perception, intrinsics_used: bool = False) -> Keypoints3D:
    """Everybody's landmarks in metres: from the camera where that is known, and from the hips."""
    return Keypoints3D(
        header=header_of(perception),
        skeleton=skeleton.NAME,
        intrinsics_used=intrinsics_used,
        persons=[_person3d(person) for person in perception.people],
        not_looked_at=perception.not_looked_at,
    )


def nearest_person(perception: Perception) -> NearestPerson:
    """Who is nearest to the camera, and how near."""
    nearest = find_nearest(perception)
    person = nearest.person
    return NearestPerson(
        header=header_of(perception),
        state=int(nearest.verdict),
        reason=nearest.reason,
        count=nearest.count,
        not_looked_at=perception.not_looked_at,
        id=person.id if person else "",
        track_state=int(person.track_state) if person else 0,
        distance=nearest.distance,
        sigma=nearest.sigma,
        landmark=nearest.landmark,
        position=_point(nearest.position),
        velocity=_vector(person.velocity if person else None),
    )


def nearest_unknown(header: Header, reason: str) -> NearestPerson:
    """What is said while there are no results; header: that of the newest result."""
    return NearestPerson(
        header=header,
        state=NearestPerson.UNKNOWN,
        reason=reason,
        distance=_NAN,
        sigma=_NAN,
        position=_point(None),
        velocity=_vector(None),
    )


def skeleton_info(stamp: Time) -> SkeletonInfo:
    """The 33 landmarks that Keypoints2D and Keypoints3D refer to."""
    return SkeletonInfo(
        header=Header(stamp=stamp),
        name=skeleton.NAME,
        joint_names=list(skeleton.LANDMARKS),
        parents=array.array("h", skeleton.PARENTS),
        edges=array.array("H", [index for bone in skeleton.BONES for index in bone]),
        rep155_index=array.array("B", skeleton.REP155_INDEX),
    )


def inference_stats(
    perception: Perception,
    window_length: int,
    received: int,
    dropped: int,
    publish_ms: float,
    age_ms: float,
) -> InferenceStats:
    """What this perception cost. received, dropped: frames since configure; times: milliseconds."""
    times = perception.times
    return InferenceStats(
        header=header_of(perception),
        window_first=stamp_message(perception.window[0]),
        window_last=stamp_message(perception.window[1]),
        frames_used=window_length - perception.frames_padded,
        frames_padded=perception.frames_padded,
        frames_received=received,
        frames_dropped=dropped,
        queue_ms=times.queue,
        preprocess_ms=times.preprocess,
        inference_ms=times.inference,
        postprocess_ms=times.postprocess,
        publish_ms=publish_ms,
        age_ms=age_ms,
        backend=perception.backend,
    )


def people_from(message2d: Keypoints2D, message3d: Keypoints3D | None = None) -> tuple[Person, ...]:
    """Read the people of messages of one stamp back; without 3D their 3D positions are NaN."""
    bodies = {} if message3d is None else dict(enumerate(message3d.persons))
    return tuple(_person(flat, bodies.get(i)) for i, flat in enumerate(message2d.persons))


def _person2d(person: Person) -> Person2D:
    x, y, width, height = person.box
    return Person2D(
        id=person.id,
        score=person.score,
        track_state=int(person.track_state),
        roi=RegionOfInterest(x_offset=x, y_offset=y, width=width, height=height),
        x=_floats(person.pixels[:, 0]),
        y=_floats(person.pixels[:, 1]),
        confidence=_floats(person.confidence),
        state=array.array("B", person.state.astype(np.uint8).tobytes()),
    )


def _person3d(person: Person) -> Person3D:
    covariance = person.root_covariance
    metric = _UNKNOWN if person.metric is None else person.metric
    sigma = person.sigma if person.metric is not None else None
    return Person3D(
        id=person.id,
        score=person.score,
        track_state=int(person.track_state),
        x=_floats(metric[:, 0]),
        y=_floats(metric[:, 1]),
        z=_floats(metric[:, 2]),
        sigma=_floats(_UNKNOWN[:, 0] if sigma is None else sigma),
        relative_x=_floats(person.relative[:, 0]),
        relative_y=_floats(person.relative[:, 1]),
        relative_z=_floats(person.relative[:, 2]),
        confidence=_floats(person.confidence),
        state=array.array("B", person.state.astype(np.uint8).tobytes()),
        root=_point(person.root),
        root_covariance=[_NAN] * 9 if covariance is None else covariance.ravel().tolist(),
        velocity=_vector(person.velocity),
    )


def _person(flat: Person2D, body: Person3D | None) -> Person:
    box = (flat.roi.x_offset, flat.roi.y_offset, flat.roi.width, flat.roi.height)
    return Person(
        score=flat.score,
        pixels=np.stack((flat.x, flat.y), -1).astype(np.float32),
        relative=_UNKNOWN
        if body is None
        else np.stack((body.relative_x, body.relative_y, body.relative_z), -1),
        confidence=np.array(flat.confidence, np.float32),
        state=np.array(flat.state, np.uint8),
        box=box,
        id=flat.id,
        track_state=TrackState(flat.track_state),
    )


def _point(position: Sequence[float] | None) -> Point:
    x, y, z = (math.nan,) * 3 if position is None else map(float, position)
    return Point(x=x, y=y, z=z)


def _vector(velocity: np.ndarray | None) -> Vector3:
    x, y, z = (math.nan,) * 3 if velocity is None else map(float, velocity)
    return Vector3(x=x, y=y, z=z)


def _floats(values: np.ndarray) -> array.array:
    return array.array("f", np.ascontiguousarray(values, np.float32).tobytes())
