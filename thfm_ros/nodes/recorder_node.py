# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Records what the topics carry: a video of everything side by side, and a summary in numbers."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections import Counter, OrderedDict
from pathlib import Path

from diagnostic_msgs.msg import DiagnosticArray
from rcl_interfaces.msg import ParameterDescriptor
from rclpy.node import Node
from sensor_msgs.msg import Image

from thfm_ros.frame import Frame
from thfm_ros.media import mosaic
from thfm_ros.media.images import rgb_from_message
from thfm_ros.media.video import VideoWriter
from thfm_ros.nodes import messages, qos
from thfm_ros.nodes.diagnostics import UNTRAINED
from thfm_ros.nodes.images import array_from_image
from thfm_ros.nodes.process import ros, spin
from thfm_ros.perception import Perception
from thfm_ros.tasks import STANDARD_MAPS

_TOPICS = {
    "image": Image,
    **{task.topic: Image for task in STANDARD_MAPS.values()},
    "keypoints2d": messages.Keypoints2D,
    "keypoints3d": messages.Keypoints3D,
    "stats": messages.InferenceStats,
}
_REMEMBERED_STAMPS = 120
_PROGRESS_S = 2.0


class RecorderNode(Node):
    """Puts messages of one stamp together; writes overlay.mp4 and summary.json as they come.

    The first picture is written when it is known whether the weights are trained.
    """

    def __init__(self, **kwargs: object) -> None:
        super().__init__("recorder", **kwargs)
        descriptor = ParameterDescriptor(description="folder of overlay.mp4 and summary.json")
        self._folder = Path(self.declare_parameter("out", "demo/out", descriptor).value)
        self._video = VideoWriter(self._folder / "overlay.mp4")
        self._pending: OrderedDict[int, dict[str, object]] = OrderedDict()
        self._counts: Counter[str] = Counter()
        self._latencies: list[float] = []
        self._arrivals: list[float] = []
        self._stats: list[messages.InferenceStats] = []
        self._untrained: bool | None = None
        self._model = ""
        self._reported_at = time.perf_counter()
        for topic, kind in _TOPICS.items():
            self.create_subscription(
                kind,
                topic,
                lambda message, topic=topic: self._on_message(topic, message),
                qos.RECORD,
                qos_overriding_options=qos.OVERRIDES,
            )
        self.create_subscription(DiagnosticArray, "/diagnostics", self._on_diagnostics, 10)

    def close(self) -> None:
        """Finish the video and write the summary."""
        self._video.close()
        self._write_summary()

    def summary(self) -> dict[str, object]:
        """What was received so far; times in milliseconds, stamp to arrival here for latency."""
        newest = self._stats[-1] if self._stats else None
        return {
            "messages": {topic: self._counts[topic] for topic in _TOPICS},
            "pictures": self._video.frames,
            "results_per_second": _rate(self._arrivals),
            "latency_ms": _percentiles(self._latencies),
            "inference_ms": _percentiles([stats.inference_ms for stats in self._stats]),
            "frames_received": newest.frames_received if newest else 0,
            "frames_dropped": newest.frames_dropped if newest else 0,
            "backend": newest.backend if newest else "",
            "model": self._model,
            "untrained": self._untrained,
        }

    def _write_summary(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(self.summary(), indent=2)
        (self._folder / "summary.json").write_text(text + "\n", encoding="utf-8")

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            values = {pair.key: pair.value for pair in status.values}
            if UNTRAINED in values:
                self._untrained = values[UNTRAINED] == "True"
                self._model = values["model"]

    def _on_message(self, topic: str, message: object) -> None:
        self._counts[topic] += 1
        stamp = messages.stamp_ns(message.header.stamp)
        bundle = self._pending.setdefault(stamp, {})
        bundle[topic] = message
        if topic == "stats":
            self._stats.append(message)
            self._arrivals.append(time.perf_counter())
            self._latencies.append((time.time_ns() - stamp) * 1e-6)
            bundle["latency"] = self._latencies[-1]
        if self._untrained is not None and _TOPICS.keys() <= bundle.keys():
            self._draw(stamp, self._pending.pop(stamp))
        while len(self._pending) > _REMEMBERED_STAMPS:
            self._pending.popitem(last=False)

    def _draw(self, stamp: int, bundle: dict[str, object]) -> None:
        stats = bundle["stats"]
        frame = Frame(stamp, rgb_from_message(bundle["image"]))
        banner = UNTRAINED.upper() if self._untrained else ""
        caption = (
            f"latency {bundle['latency']:.0f} ms   inference {stats.inference_ms:.0f} ms "
            f"({stats.backend})   frames: {stats.frames_received} received, "
            f"{stats.frames_dropped} dropped, {self._video.frames + 1} shown"
        )
        picture = mosaic.draw(frame, _perception(stamp, bundle), banner, caption)
        self._video.write(self._video.fit(picture), stamp)
        now = time.perf_counter()
        if now - self._reported_at > _PROGRESS_S:
            self._reported_at = now
            self._write_summary()
            print(f"  {caption}", flush=True)


def _perception(stamp: int, bundle: dict[str, object]) -> Perception:
    image = bundle["image"]
    return Perception(
        stamp_ns=stamp,
        frame_id=image.header.frame_id,
        size=(image.width, image.height),
        window=(stamp, stamp),
        frames_padded=0,
        people=messages.people_from(bundle["keypoints2d"], bundle["keypoints3d"]),
        maps={
            name: task.from_pixels(array_from_image(bundle[task.topic]))
            for name, task in STANDARD_MAPS.items()
        },
    )


def _percentiles(values: list[float]) -> dict[str, float]:
    if len(values) < 2:
        return {}
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return {"p50": round(cuts[49], 1), "p95": round(cuts[94], 1), "p99": round(cuts[98], 1)}


def _rate(moments: list[float]) -> float:
    if len(moments) < 2:
        return 0.0
    return round((len(moments) - 1) / (moments[-1] - moments[0]), 2)


def main(args: list[str] | None = None) -> int:
    """Record until SIGINT or SIGTERM, then write the summary."""
    with ros(args) as stop:
        node = RecorderNode()
        spin(node, stop)
        node.close()
        node.destroy_node()
    return 0


if __name__ == "__main__":
    sys.exit(main())
