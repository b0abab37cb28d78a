# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A camera that plays a video, a folder of images, a bag or a device."""

from __future__ import annotations

import json
import math
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import rclpy
from rcl_interfaces.msg import ParameterDescriptor
from rclpy.node import Node
from rclpy.qos import qos_profile_system_default
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header

from thfm_ros.camera import Intrinsics
from thfm_ros.frame import NS_PER_S, Frame
from thfm_ros.media.errors import SourceError
from thfm_ros.media.frames import Frames
from thfm_ros.media.video import read_frames
from thfm_ros.nodes import qos
from thfm_ros.nodes.images import image_message
from thfm_ros.nodes.messages import stamp_message
from thfm_ros.nodes.process import ros
from thfm_ros.runtime.stream.intake import admitted

_LONGEST_GAP_S = 10.0
"""A gap between two stamps that is not waited for: one stamp that is wrong would cost hours."""
_PARAMETERS = {
    "source": ("", "video, folder of images, bag, or device such as /dev/video0"),
    "image_topic": ("", "topic of a bag's images; empty = the only one"),
    "rate": (1.0, "speed; 2.0 = twice as fast"),
    "loop": (False, "start again at the end"),
    "seconds": (0.0, "stop after so long; 0 = play all"),
    "stamps": (
        "now",
        "now = the time of publishing, source = the source's own (from 1 s if it has none)",
    ),
    "clock": (False, "publish /clock with each frame's stamp; for nodes with use_sim_time"),
    "frame_id": ("camera_optical_frame", "frame of the images, unless the source has one"),
    "horizontal_fov_deg": (
        0.0,
        "publish the camera_info of such a camera; 0 = the source's, if any",
    ),
    "wait_for_subscribers": (0, "begin when so many subscribe the images"),
    "summary": ("", "file to write, as JSON, what was published and left out; empty = none"),
}


class ReplayNode(Node):
    """Publishes `image`, and `camera_info` and `/clock` if asked to, at the source's pace."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__("replay", **kwargs)
        for name, (default, description) in _PARAMETERS.items():
            descriptor = ParameterDescriptor(description=description, read_only=True)
            self.declare_parameter(name, default, descriptor)
        self.published = 0
        self.skipped: Counter[str] = Counter()
        self._rate = self._value("rate")
        if not self._rate > 0:
            raise ValueError(f"rate is {self._rate}, allowed is more than 0")
        if self._value("stamps") not in ("now", "source"):
            raise ValueError(f"stamps is {self._value('stamps')!r}, allowed is 'now' or 'source'")
        self._images = self._publisher(Image, "image")
        self._infos = self._publisher(CameraInfo, "camera_info")
        self._clocks = self._publisher(Clock, "/clock")

    def play(self, stop: threading.Event) -> None:
        """Publish the source to its end, or until stop is set; SourceError if it cannot be read."""
        frames = self._frames()
        while self._images.get_subscription_count() < self._value("wait_for_subscribers"):
            self._spin_until(time.perf_counter() + 0.05)
            if stop.is_set():
                return
        end = time.perf_counter() + (self._value("seconds") or math.inf)
        self._play_once(frames, stop, end)
        while self._value("loop") and not stop.is_set() and time.perf_counter() < end:
            self._play_once(self._frames(), stop, end)

    def _frames(self) -> Frames:
        return read_frames(self._value("source"), topic=self._value("image_topic"))

    def _play_once(self, frames: Frames, stop: threading.Event, end: float) -> None:
        pace, from_zero = _Pace(self._rate), None
        try:
            for arrival in admitted(frames, lambda f: f.stamp_ns, frames.skipped):
                frame, reset = arrival.item, arrival.reset or arrival.shift_ns
                from_zero = frame.stamp_ns == 0 if from_zero is None else from_zero
                self._spin_until(pace.moment(frame.stamp_ns, bool(reset)))
                if stop.is_set() or time.perf_counter() > end:
                    return
                if self._value("stamps") == "now":
                    # Not the moment that was aimed at: being late is not the subscriber's latency.
                    stamp_ns = time.time_ns()
                else:
                    stamp_ns = frame.stamp_ns + (NS_PER_S if from_zero else 0)
                self._publish(frame, stamp_ns)
        finally:
            self.skipped += frames.skipped

    def write_summary(self) -> None:
        """Write what was published and what was left out, if a file was named; and log it."""
        for reason, count in self.skipped.items():
            self.get_logger().warning(f"{count} {reason}")
        if self._value("summary"):
            text = json.dumps({"published": self.published, "skipped": dict(self.skipped)})
            Path(self._value("summary")).write_text(text + "\n", encoding="utf-8")

    def _publish(self, frame: Frame, stamp_ns: int) -> None:
        stamp = stamp_message(stamp_ns)
        header = Header(stamp=stamp, frame_id=frame.frame_id or self._value("frame_id"))
        if self._value("clock"):
            self._clocks.publish(Clock(clock=stamp))
        fov = self._value("horizontal_fov_deg")
        if fov > 0:
            self._infos.publish(pinhole_info(header, frame.size, fov))
        elif frame.intrinsics is not None:
            self._infos.publish(camera_info(header, frame.intrinsics))
        self._images.publish(image_message(header, frame.image, "rgb8"))
        self.published += 1

    def _spin_until(self, moment: float) -> None:
        rclpy.spin_once(self, timeout_sec=0)
        while (left := moment - time.perf_counter()) > 0:
            rclpy.spin_once(self, timeout_sec=left)

    def _publisher(self, kind: type, topic: str) -> object:
        profile = qos_profile_system_default if topic == "/clock" else qos.RESULT
        return self.create_publisher(kind, topic, profile, qos_overriding_options=qos.OVERRIDES)

    def _value(self, name: str) -> object:
        return self.get_parameter(name).value


class _Pace:
    """When frames are due, in seconds of time.perf_counter()."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._begin = time.perf_counter()
        self._first_ns = self._last_ns = None

    def moment(self, stamp_ns: int, reset: bool) -> float:
        """Return when a frame is due; at once where a stream starts anew or after a long gap."""
        if self._last_ns is None or reset or stamp_ns - self._last_ns > _LONGEST_GAP_S * NS_PER_S:
            self._begin, self._first_ns = time.perf_counter(), stamp_ns
        self._last_ns = stamp_ns
        return self._begin + (stamp_ns - self._first_ns) / self._rate / NS_PER_S


def pinhole_info(header: Header, size: tuple[int, int], horizontal_fov_deg: float) -> CameraInfo:
    """Return the camera_info of an ideal camera that sees so many degrees in width."""
    width, height = size
    f = 0.5 * width / math.tan(math.radians(horizontal_fov_deg) / 2)
    intrinsics = Intrinsics(f, f, (width - 1) / 2, (height - 1) / 2, width, height)
    return camera_info(header, intrinsics)


def camera_info(header: Header, camera: Intrinsics) -> CameraInfo:
    """Return intrinsics as the camera_info of an image that is not rectified further."""
    fx, fy, cx, cy = (float(v) for v in (camera.fx, camera.fy, camera.cx, camera.cy))
    return CameraInfo(
        header=header,
        width=camera.width,
        height=camera.height,
        distortion_model=camera.distortion_model,
        d=list(camera.distortion) or [0.0] * 5,
        k=[fx, 0.0, cx, 0.0, fy, cy, 0.0, 0.0, 1.0],
        r=[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
        p=[fx, 0.0, cx, 0.0, 0.0, fy, cy, 0.0, 0.0, 0.0, 1.0, 0.0],
    )


def main(args: list[str] | None = None) -> int:
    """Play the source until its end, SIGINT or SIGTERM."""
    with ros(args) as stop:
        try:
            node = ReplayNode()
            node.play(stop)
        except (SourceError, ValueError) as error:
            print(f"replay_node: {error}", file=sys.stderr)
            return 1
        node.write_summary()
        node.get_logger().info(f"the end: {node.published} frames published")
        node.destroy_node()
    return 0


if __name__ == "__main__":
    sys.exit(main())
