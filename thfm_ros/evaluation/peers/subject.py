# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A peer's process as a subject of evaluation."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from thfm_ros.evaluation.replay.recording import Sample
from thfm_ros.evaluation.replay.subjects import Answer
from thfm_ros.evaluation.replay.times import stage_latency, stage_totals
from thfm_ros.perception import InferenceTimes, LandmarkState, Perception, Person
from thfm_ros.processes import ProcessError

PEERS = ("mediapipe",)
_PYTHON = ".venv-{name}/bin/python"
_VISIBLE = 0.5


class PeerSubject:
    """MediaPipe (skeleton and mask of one person), in its own environment and process.

    python: the interpreter that has it; "" = THFM_MEDIAPIPE_PYTHON or .venv-mediapipe/bin/python
    """

    def __init__(self, name: str, python: str = "") -> None:
        if name not in PEERS:
            raise ValueError(f"peer is {name!r}, allowed is one of {PEERS}")
        self.name = name
        variable = f"THFM_{name.upper()}_PYTHON"
        python = python or os.environ.get(variable, "") or _PYTHON.format(name=name)
        if not Path(python).exists():
            folder = Path(_PYTHON.format(name=name)).parts[0]
            raise ProcessError(
                f"peer {name} has no environment at {python}; make one: "
                f"python -m venv {folder} && {folder}/bin/pip install mediapipe==0.10.14, "
                f"or name its interpreter with --peer-python or {variable}"
            )
        script = Path(__file__).with_name(f"{name}_process.py")
        self._process = subprocess.Popen(
            [python, str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        try:
            self._about = self._answer()
        except ProcessError:
            self.close()
            raise
        self.title = f"{name} {self._about['versions'][name]}, {self._about['model']}"

    def answers(self, samples: Iterable[Sample]) -> Iterator[Answer]:
        """Perceive samples in order, as a video."""
        for sample in samples:
            yield sample, self._perceive(sample), None

    def ratio(self, perception: Perception) -> None:
        """Return nothing: it predicts no depth."""
        return None

    def milliseconds(self, times: list[InferenceTimes]) -> list[float]:
        """Return the time inside the peer, transport between the processes not included."""
        return stage_totals(times)

    def latency(self, times: list[InferenceTimes]) -> dict:
        """Return quantiles."""
        return stage_latency(times)

    def describe(self) -> dict:
        """Return model and versions."""
        return {"title": self.title, "mode": "video, one person", **self._about["versions"]}

    def close(self) -> None:
        """End the process."""
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._process.stdout.close()

    def _perceive(self, sample: Sample) -> Perception:
        frame = sample.frame
        width, height = frame.size
        request = {"width": width, "height": height, "reset": bool(sample.reset)}
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n" + frame.image.tobytes())
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise ProcessError(f"peer {self.name} ended") from error
        answer = self._answer()
        mask = np.zeros((height, width), np.float32)
        if answer["mask"]:
            data = self._process.stdout.read(4 * width * height)
            mask = np.frombuffer(data, "<f4").reshape(height, width)
        return Perception(
            stamp_ns=frame.stamp_ns,
            frame_id=frame.frame_id,
            size=frame.size,
            window=(frame.stamp_ns, frame.stamp_ns),
            frames_padded=0,
            people=tuple(person_from(found, frame.size) for found in answer["people"]),
            maps={} if mask is None else {"mask": mask},
            times=InferenceTimes(inference=answer["milliseconds"]),
            backend=self.name,
        )

    def _answer(self) -> dict:
        line = self._process.stdout.readline()
        if not line:
            raise ProcessError(f"peer {self.name} ended; is it installed in its environment?")
        return json.loads(line)


def person_from(found: dict, size: tuple[int, int]) -> Person:
    """Read a person of MediaPipe: its 33 landmarks are ours, its axes are the optical frame's."""
    image, world = np.array(found["image"], np.float32), np.array(found["world"], np.float32)
    pixels = image[:, :2] * np.float32(size) - np.float32(0.5)
    confidence = image[:, 2].clip(0, 1)
    state = np.where(confidence >= _VISIBLE, LandmarkState.VISIBLE, LandmarkState.OCCLUDED)
    inside = ((pixels >= -0.5) & (pixels < np.array(size) - 0.5)).all(-1)
    low = pixels.min(0).clip(0, np.array(size) - 1)
    high = pixels.max(0).clip(0, np.array(size) - 1)
    return Person(
        score=float(confidence.mean()),
        pixels=pixels,
        relative=world,
        confidence=confidence,
        state=np.where(inside, state, LandmarkState.OUT_OF_VIEW).astype(np.uint8),
        box=tuple(int(v) for v in (*np.floor(low), *(np.floor(high) - np.floor(low) + 1))),
    )
