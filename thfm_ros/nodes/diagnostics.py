# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What perception_node says on /diagnostics: why it is silent, what it drops, what it runs on."""

from __future__ import annotations

from dataclasses import dataclass, field

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from std_msgs.msg import Header

UNTRAINED = "untrained weights"


@dataclass(frozen=True)
class InputHealth:
    """The camera's side.

    silent_s: seconds since the last image; lost: frames that stamps show to be missing
    dropped:  counts by reason; info_problem: "" while camera_info is there and usable
    """

    topic: str
    silent_s: float
    stale_timeout_s: float
    rate_hz: float
    received: int
    lost: int
    new_lost: int
    dropped: dict[str, int] = field(default_factory=dict)
    info_topic: str = ""
    info_problem: str = ""
    qos_problem: str = ""


@dataclass(frozen=True)
class ModelHealth:
    """The model's side. age_s: of the newest result on the node's clock, NaN = unknown."""

    description: str
    untrained: bool
    device: str
    results: int
    rate_hz: float
    age_s: float
    inference_ms: float
    new_failures: int
    last_error: str = ""


@dataclass(frozen=True)
class SceneHealth:
    """What is seen: people and metres.

    new_not_finite: NaN or infinite numbers of the network since the last time
    withheld:       why depth/image is not published; "" while it is, or nobody asked for it
    """

    people: int
    ids: str
    metric: str
    new_not_finite: int
    not_finite: int
    withheld: str = ""


def diagnostics(
    stamp: object,
    node_name: str,
    state: str,
    camera: InputHealth | None,
    model: ModelHealth | None,
    scene: SceneHealth | None = None,
) -> DiagnosticArray:
    """Everything in one array; parts that do not exist in the present state are left out."""
    statuses = [_state_status(state)]
    if scene is not None:
        statuses.append(_scene_status(scene))
    if model is not None:
        statuses.append(_model_status(model))
    if camera is not None:
        statuses.append(_input_status(camera))
    for status in statuses:
        status.name = f"{node_name}: {status.name}"
        status.hardware_id = model.device if model is not None else "none"
    return DiagnosticArray(header=Header(stamp=stamp), status=statuses)


def _state_status(state: str) -> DiagnosticStatus:
    running = state.startswith("active")
    level = DiagnosticStatus.OK if running else DiagnosticStatus.WARN
    if state != "active":
        level = DiagnosticStatus.WARN
    return _status("state", level, state if running else f"{state}: no results are published", {})


def _input_status(camera: InputHealth) -> DiagnosticStatus:
    values = {
        "topic": camera.topic,
        "rate (Hz)": f"{camera.rate_hz:.1f}",
        "received": camera.received,
        "lost in transport": camera.lost,
        "camera_info": camera.info_problem or f"used, from {camera.info_topic}",
        **{f"dropped: {reason}": count for reason, count in sorted(camera.dropped.items())},
    }
    level, text = DiagnosticStatus.OK, "images arrive"
    if camera.silent_s > camera.stale_timeout_s:
        level = DiagnosticStatus.ERROR
        text = f"no images on {camera.topic} for {camera.silent_s:.1f} s"
        if camera.qos_problem:
            text = f"{text}: {camera.qos_problem}"
    elif camera.new_lost:
        level = DiagnosticStatus.WARN
        text = (
            f"{camera.new_lost} frames of {camera.topic} were lost in transport; "
            "large raw images need config/fastdds.xml (README) or image_transport: compressed"
        )
    elif camera.info_problem:
        level = DiagnosticStatus.WARN
        text = f"images arrive, camera_info on {camera.info_topic}: {camera.info_problem}"
    return _status("input", level, text, values)


def _model_status(model: ModelHealth) -> DiagnosticStatus:
    values = {
        "model": model.description,
        UNTRAINED: model.untrained,
        "results": model.results,
        "rate (Hz)": f"{model.rate_hz:.1f}",
        "age (s)": f"{model.age_s:.3f}",
        "inference (ms)": f"{model.inference_ms:.1f}",
    }
    level, text = DiagnosticStatus.OK, model.description
    if model.new_failures:
        level = DiagnosticStatus.ERROR
        text = f"{model.new_failures} frames failed: {model.last_error}"
    elif model.untrained:
        level, text = DiagnosticStatus.WARN, f"{UNTRAINED}: results mean nothing"
    return _status("model", level, text, values)


def _scene_status(scene: SceneHealth) -> DiagnosticStatus:
    values = {
        "people": scene.people,
        "ids": scene.ids,
        "metres": scene.metric,
        "not finite": scene.not_finite,
    }
    level, text = DiagnosticStatus.OK, f"{scene.people} people"
    if scene.new_not_finite:
        level = DiagnosticStatus.ERROR
        text = f"the model gave {scene.new_not_finite} numbers that are not finite"
    elif scene.withheld:
        level, text = DiagnosticStatus.WARN, f"depth/image is withheld: {scene.withheld}"
    return _status("scene", level, text, values)


def _status(name: str, level: bytes, text: str, values: dict[str, object]) -> DiagnosticStatus:
    pairs = [KeyValue(key=key, value=str(value)) for key, value in values.items()]
    return DiagnosticStatus(level=level, name=name, message=text, values=pairs)
