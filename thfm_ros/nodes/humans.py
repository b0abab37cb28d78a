# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""People as REP-155 (ROS4HRI) has them, under /humans/bodies; off by default, needs hri_msgs."""

from __future__ import annotations

import numpy as np
from rclpy.lifecycle import LifecycleNode
from sensor_msgs.msg import Image

from thfm_ros import skeleton
from thfm_ros.frame import Frame
from thfm_ros.nodes import messages, qos
from thfm_ros.nodes.images import image_message
from thfm_ros.perception import Perception, Person

try:
    from hri_msgs.msg import (
        IdsList,
        NormalizedPointOfInterest2D,
        NormalizedRegionOfInterest2D,
        Skeleton2D,
    )
except ImportError:
    IdsList = None
"""None where hri_msgs is not installed."""

MISSING = "hri_msgs is not installed: apt install ros-$ROS_DISTRO-hri-msgs"
BODIES = "/humans/bodies"
_POINTS = 18


class HumanBodies:
    """Publishes tracked ids, and of each body roi, skeleton2d and cropped.

    cropped is the camera's picture, so privacy leaves it out. Topics come and go with their body.
    """

    tasks = frozenset({"keypoints2d", "keypoints3d"})

    def __init__(self, node: LifecycleNode, privacy: bool) -> None:
        self._node = node
        self._kinds = {"roi": NormalizedRegionOfInterest2D, "skeleton2d": Skeleton2D}
        if not privacy:
            self._kinds["cropped"] = Image
        self._tracked = self._create(IdsList, f"{BODIES}/tracked")
        self._bodies: dict[str, dict[str, object]] = {}

    def publish(self, perception: Perception, frame: Frame) -> None:
        """Publish everybody who is there; without a frame_id there is no one to be found."""
        if not perception.frame_id:
            return
        header = messages.header_of(perception)
        present = [p for p in perception.people if p.present]
        ids = [person.id for person in present]
        for gone in self._bodies.keys() - set(ids):
            self._destroy(self._bodies.pop(gone).values())
        self._tracked.publish(IdsList(header=header, ids=ids))
        for person in present:
            if person.id not in self._bodies:
                self._bodies[person.id] = {
                    name: self._create(kind, f"{BODIES}/{person.id}/{name}")
                    for name, kind in self._kinds.items()
                }
            publishers = self._bodies[person.id]
            publishers["roi"].publish(roi(header, person, perception.size))
            publishers["skeleton2d"].publish(skeleton2d(header, person, perception.size))
            if "cropped" in publishers:
                x, y, width, height = person.box
                picture = frame.image[y : y + height, x : x + width]
                if picture.size:
                    publishers["cropped"].publish(image_message(header, picture, "rgb8"))

    def close(self) -> None:
        """Destroy the publishers."""
        for publishers in self._bodies.values():
            self._destroy(publishers.values())
        self._bodies.clear()
        self._destroy([self._tracked])

    def _create(self, kind: type, topic: str) -> object:
        publisher = self._node.create_lifecycle_publisher(kind, topic, qos.RESULT)
        # Those that are born while the node is active missed its activation.
        publisher.on_activate(None)
        return publisher

    def _destroy(self, publishers) -> None:
        for publisher in publishers:
            self._node.destroy_lifecycle_publisher(publisher)


def roi(header, person: Person, size: tuple[int, int]):
    """The person's box, normalised to 0..1 of the image."""
    x, y, width, height = person.box
    return NormalizedRegionOfInterest2D(
        header=header,
        xmin=x / size[0],
        ymin=y / size[1],
        xmax=min((x + width) / size[0], 1.0),
        ymax=min((y + height) / size[1], 1.0),
        c=float(person.score),
    )


def skeleton2d(header, person: Person, size: tuple[int, int]):
    """REP-155's 18 points, normalised to 0..1 of the image; confidence 0 = not known."""
    pixels = skeleton.REP155_18.apply(person.pixels)
    confidence = skeleton.REP155_18.confidence(person.confidence)
    known = np.isfinite(pixels).all(-1)
    points = [
        NormalizedPointOfInterest2D(
            x=float((x + 0.5) / size[0]), y=float((y + 0.5) / size[1]), c=float(c)
        )
        if seen
        else NormalizedPointOfInterest2D()
        for (x, y), c, seen in zip(pixels, confidence, known, strict=True)
    ]
    return Skeleton2D(header=header, skeleton=points)
