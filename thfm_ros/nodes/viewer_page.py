# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the viewer's page shows, and where: messages as Rerun's archetypes, and a blueprint."""

from __future__ import annotations

import numpy as np
from sensor_msgs.msg import Image
from visualization_msgs.msg import Marker, MarkerArray

from thfm_ros.nodes import messages
from thfm_ros.nodes.images import array_from_image
from thfm_ros.nodes.viewer_server import MISSING
from thfm_ros.tasks import STANDARD_MAPS, DenseTask

_JPEG_QUALITY = 75
_HEAD_ROOM_M = 0.1
_STATES = {
    messages.NearestPerson.UNKNOWN: "not known",
    messages.NearestPerson.NOBODY: "nobody",
}


class ViewerPage:
    """Sends messages to the browsers that watch; ValueError without rerun-sdk."""

    def __init__(self, data_url: str) -> None:
        try:
            import rerun
        except ImportError as error:
            raise ValueError(MISSING) from error
        self._rerun = rerun
        self._stream = rerun.RecordingStream("thfm_ros")
        self._stream.connect_grpc(data_url)
        self._stream.send_blueprint(_blueprint(), make_active=True)
        axes = rerun.ViewCoordinates.RIGHT_HAND_Y_DOWN
        self._stream.log("people", axes, static=True)

    def show_picture(self, name: str, message: Image) -> None:
        """Show the overlay, or a task's map as its picture."""
        values = array_from_image(message)
        task = STANDARD_MAPS.get(name)
        picture = _picture(task, values) if task else values
        self._at(message.header)
        image = self._rerun.Image(picture).compress(jpeg_quality=_JPEG_QUALITY)
        self._stream.log(f"pictures/{name}", image)

    def show_people(self, message: MarkerArray) -> None:
        """Show the markers' skeletons with ids and distances; who is gone is not shown any more."""
        rerun, kinds = self._rerun, (Marker.SPHERE_LIST, Marker.LINE_LIST, Marker.TEXT_VIEW_FACING)
        without = {m.id for m in message.markers if m.type == kinds[0] and not m.points}
        markers = [m for m in message.markers if m.action == Marker.ADD and m.id not in without]
        joints, bones, texts = ([m for m in markers if m.type == kind] for kind in kinds)
        if message.markers:
            self._at(message.markers[0].header)
        strips = [pair for m in bones for pair in _positions(m.points).reshape(-1, 2, 3)]
        colours = [_rgb(m.color) for m in bones for _ in range(len(m.points) // 2)]
        lines = rerun.LineStrips3D(strips, colors=colours, radii=0.01)
        self._stream.log("people/bones", lines)
        points = [_positions(m.points) for m in joints]
        heads = [p.mean(0) * (1, 0, 1) + (0, p[:, 1].min() - _HEAD_ROOM_M, 0) for p in points]
        self._stream.log(
            "people/joints",
            rerun.Points3D(
                np.concatenate(points) if points else np.empty((0, 3)),
                colors=[_rgb(colour) for m in joints for colour in m.colors],
                radii=0.02,
            ),
        )
        self._stream.log(
            "people/ids",
            rerun.Points3D(
                np.reshape(heads, (-1, 3)),
                labels=[m.text for m in texts],
                colors=[_rgb(m.color) for m in texts],
                radii=0.01,
                show_labels=True,
            ),
        )

    def show_state(
        self,
        stats: messages.InferenceStats,
        nearest: messages.NearestPerson | None,
        results_per_s: float,
    ) -> None:
        """Show rates and drops as text and over time, and who is nearest."""
        self._at(stats.header)
        dropped = 100 * stats.frames_dropped / max(stats.frames_received, 1)
        rows = {
            "results": f"{results_per_s:.1f} / s",
            "age of a result": f"{stats.age_ms:.0f} ms",
            "inference": f"{stats.inference_ms:.0f} ms on {stats.backend}",
            "images": f"{stats.frames_received}, of which {dropped:.0f} % dropped",
            "nearest person": _nearest(nearest),
        }
        table = "\n".join(f"| {name} | {value} |" for name, value in rows.items())
        rerun = self._rerun
        text = rerun.TextDocument(f"| | |\n|---|---|\n{table}", media_type="text/markdown")
        self._stream.log("state", text)
        self._stream.log("times/age_ms", rerun.Scalars(stats.age_ms))
        self._stream.log("times/inference_ms", rerun.Scalars(stats.inference_ms))

    def close(self) -> None:
        """Send what waits."""
        self._stream.flush()
        self._stream.disconnect()

    def _at(self, header: object) -> None:
        seconds = messages.stamp_ns(header.stamp) * 1e-9
        self._stream.set_time("stamp", timestamp=seconds)


def _blueprint():
    from rerun import blueprint as layout

    def picture(name: str, title: str):
        return layout.Spatial2DView(origin=f"pictures/{name}", name=title)

    maps = [picture(name, name.replace("_", " ")) for name in STANDARD_MAPS]
    left = layout.Vertical(
        picture("overlay", "camera"), layout.Grid(*maps, grid_columns=2), row_shares=[3, 4]
    )
    right = layout.Vertical(
        layout.Spatial3DView(origin="people", name="people, metres"),
        layout.TextDocumentView(origin="state", name="state"),
        layout.TimeSeriesView(origin="times", name="milliseconds"),
        row_shares=[4, 2, 2],
    )
    return layout.Blueprint(
        layout.Horizontal(left, right, column_shares=[1, 1]),
        layout.TimePanel(state="hidden"),
        collapse_panels=True,
    )


def _picture(task: DenseTask, values: np.ndarray) -> np.ndarray:
    return task.picture(task.from_pixels(values))


def _positions(points: list) -> np.ndarray:
    return np.array([(p.x, p.y, p.z) for p in points], np.float32).reshape(-1, 3)


def _rgb(colour) -> tuple[int, int, int, int]:
    return tuple(round(255 * c) for c in (colour.r, colour.g, colour.b, colour.a))


def _nearest(message: messages.NearestPerson | None) -> str:
    if message is None:
        return ""
    if message.state in _STATES:
        return f"{_STATES[message.state]} {message.reason}"
    return f"{message.distance:.2f} m {message.id}"
