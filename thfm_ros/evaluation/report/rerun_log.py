# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A Rerun recording of an evaluation, for rerun-sdk's viewer."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from thfm_ros.evaluation.replay.recording import Sample
from thfm_ros.media.errors import SourceError
from thfm_ros.perception import Perception
from thfm_ros.skeleton import BONES
from thfm_ros.tasks import DENSE


class RerunLog:
    """Writes images, maps, skeletons and figures over time; SourceError without rerun-sdk."""

    def __init__(self, path: Path, name: str) -> None:
        try:
            import rerun
        except ImportError as error:
            raise SourceError("--rerun needs rerun-sdk: pip install rerun-sdk") from error
        self._rerun = rerun
        path.parent.mkdir(parents=True, exist_ok=True)
        self._stream = rerun.RecordingStream("thfm_evaluation", recording_id=name)
        self._stream.save(path)

    def add(self, sample: Sample, perception: Perception, row: dict[str, float]) -> None:
        """Log one frame at its stamp."""
        rerun, stream = self._rerun, self._stream
        stream.set_time("stamp", timestamp=sample.frame.stamp_ns * 1e-9)
        stream.log("camera/image", rerun.Image(sample.frame.image).compress(jpeg_quality=85))
        for name, values in perception.maps.items():
            if name != "depth":
                picture = rerun.Image(DENSE[name].picture(values)).compress(jpeg_quality=85)
                stream.log(f"maps/{name}", picture)
        if perception.depth is not None:
            stream.log("maps/depth", rerun.DepthImage(perception.depth, meter=1.0))
        elif perception.depth_relative is not None:
            stream.log("maps/depth_relative", rerun.DepthImage(perception.depth_relative))
        stream.log("camera/image/people", rerun.LineStrips2D(self._bones(perception, "pixels")))
        placed = self._bones(perception, "metric")
        stream.log("world/people", rerun.LineStrips3D(placed))
        for name, value in row.items():
            stream.log(f"metrics/{name}", rerun.Scalars(value))

    def close(self) -> None:
        """Write what is left."""
        self._stream.flush()

    @staticmethod
    def _bones(perception: Perception, field: str) -> list[np.ndarray]:
        lines = []
        for person in perception.people:
            points = getattr(person, field)
            if points is not None:
                pairs = [points[list(bone)] for bone in BONES]
                lines += [pair for pair in pairs if np.isfinite(pair).all()]
        return lines
