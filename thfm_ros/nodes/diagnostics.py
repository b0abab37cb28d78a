# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What perception_node says on /diagnostics: why it is silent, what it drops, what it runs on."""

from __future__ import annotations

from dataclasses import dataclass, field

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from std_msgs.msg import Header

from thfm_ros.nodes.pulse import Pulse, Trouble

UNTRAINED = "untrained weights"
UNWANTED = "nobody subscribes to results"
_AHEAD_S = 0.5
"""More than clocks of machines that are set by one another differ."""


@dataclass(frozen=True)
class InputHealth:
    """The camera's side.

    pulse:       when images came, were taken, refused and answered
    trouble:     what follows from it
    new_refused: images that were refused since the last time; lost: frames that stamps show to be
                 missing; pauses: how often the stream paused or its stamps jumped, and how last
    dropped:     counts by reason;
    resets:      how often the stream started anew, by reason
    info_problem: "" while camera_info is there and usable
    silence:     why no image may have come; picture_problem: why nobody may be seen in them
    ahead_s:     by how much the newest stamp is ahead of the node's clock
    rotation:    by how much images are turned, and by what; "" = as configured
    rotation_problem: why that is not known
    """

    topic: str
    pulse: Pulse
    trouble: Trouble
    rate_hz: float
    received: int
    lost: int
    new_lost: int
    new_refused: int = 0
    pauses: int = 0
    new_pause: str = ""
    dropped: dict[str, int] = field(default_factory=dict)
    resets: dict[str, int] = field(default_factory=dict)
    info_topic: str = ""
    info_problem: str = ""
    silence: str = ""
    picture_problem: str = ""
    ahead_s: float = 0.0
    rotation: str = ""
    rotation_problem: str = ""


@dataclass(frozen=True)
class ModelHealth:
    """The model's side. age_s: of the newest result on the node's clock, NaN = unknown.

    stalled_s: for how long results have been due in vain, 0 = they come
    wanted:    somebody subscribes
    backend, slow: its backend's `state` and `problem`
    """

    description: str
    untrained: bool
    device: str
    results: int
    rate_hz: float
    age_s: float
    inference_ms: float
    new_failures: int
    last_error: str = ""
    stalled_s: float = 0.0
    wanted: bool = True
    backend: str = ""
    slow: str = ""


@dataclass(frozen=True)
class SceneHealth:
    """What is seen: people and metres.

    ago_s:          seconds since the newest result was published
    outdated:       why that result says nothing of now, "" while it does
    new_not_finite: NaN or infinite numbers of the network since the last time
    withheld:       why depth/image is not published; "" while it is, or nobody asked for it
    """

    people: int
    ids: str
    metric: str
    new_not_finite: int
    not_finite: int
    withheld: str = ""
    ago_s: float = 0.0
    outdated: str = ""


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
    pulse = camera.pulse
    values = {
        "topic": camera.topic,
        "rate (Hz)": f"{camera.rate_hz:.1f}",
        "received": camera.received,
        "last image (s ago)": f"{pulse.image:.1f}",
        "last image that was taken (s ago)": f"{pulse.taken:.1f}",
        "last refusal": pulse.refusal and f"{pulse.refused:.1f} s ago: {pulse.refusal}",
        "stamps ahead of the clock (s)": f"{camera.ahead_s:.3f}",
        "lost in transport": camera.lost,
        "pauses and jumps": camera.pauses,
        "camera_info": camera.info_problem or f"used, from {camera.info_topic}",
        **({"image_rotation": camera.rotation} if camera.rotation else {}),
        **{f"dropped: {reason}": count for reason, count in sorted(camera.dropped.items())},
        **{f"reset: {reason}": count for reason, count in sorted(camera.resets.items())},
    }
    level, text = _judge_input(camera)
    return _status("input", level, text, values)


def _judge_input(camera: InputHealth) -> tuple[bytes, str]:
    topic, pulse = camera.topic, camera.pulse
    if camera.trouble == Trouble.SILENT:
        text = f"no images on {topic} for {pulse.image:.1f} s"
        return DiagnosticStatus.ERROR, ": ".join(filter(None, (text, camera.silence)))
    if camera.trouble == Trouble.REFUSED:
        text = f"images arrive, but for {pulse.taken:.1f} s each one on {topic} was refused"
        return DiagnosticStatus.ERROR, f"{text}: {pulse.refusal}"
    if camera.new_refused:
        text = f"{camera.new_refused} images on {topic} were refused: {pulse.refusal}"
        return DiagnosticStatus.WARN, text
    if camera.new_lost:
        return DiagnosticStatus.WARN, (
            f"{camera.new_lost} frames of {topic} were lost in transport; "
            "large raw images need config/fastdds.xml (README) or image_transport: compressed"
        )
    if camera.new_pause:
        return DiagnosticStatus.WARN, f"images on {topic} arrive again: {camera.new_pause}"
    if camera.ahead_s > _AHEAD_S:
        text = f"stamps on {topic} are {camera.ahead_s:.1f} s ahead of this node's clock"
        return DiagnosticStatus.WARN, f"{text}: nobody can tell by them that results are old"
    if camera.picture_problem:
        text = f"images arrive, but nobody may be seen: {camera.picture_problem}"
        return DiagnosticStatus.WARN, text
    if camera.rotation_problem:
        text = f"images arrive, but which way is up in them is not known: {camera.rotation_problem}"
        return DiagnosticStatus.WARN, text
    if camera.info_problem:
        text = f"images arrive, camera_info on {camera.info_topic}: {camera.info_problem}"
        return DiagnosticStatus.WARN, text
    return DiagnosticStatus.OK, "images arrive"


def _model_status(model: ModelHealth) -> DiagnosticStatus:
    values = {
        "model": model.description,
        "backend": model.backend,
        UNTRAINED: model.untrained,
        "results": model.results,
        "rate (Hz)": f"{model.rate_hz:.1f}",
        "subscribed": model.wanted,
        "age (s)": f"{model.age_s:.3f}",
        "inference (ms)": f"{model.inference_ms:.1f}",
    }
    level, text = DiagnosticStatus.OK, model.description
    if model.stalled_s:
        level = DiagnosticStatus.ERROR
        text = f"no result for {model.stalled_s:.1f} s although images arrive"
        text = ": ".join(filter(None, (text, model.last_error)))
    elif model.new_failures:
        level = DiagnosticStatus.ERROR
        text = f"{model.new_failures} frames failed: {model.last_error}"
    elif model.untrained:
        level, text = DiagnosticStatus.WARN, f"{UNTRAINED}: results mean nothing"
    elif model.slow:
        level, text = DiagnosticStatus.WARN, f"slower than it could be: {model.slow}"
    return _status("model", level, text, values)


def _scene_status(scene: SceneHealth) -> DiagnosticStatus:
    outdated = bool(scene.outdated)
    values = {
        "people": "unknown" if outdated else scene.people,
        "ids": "" if outdated else scene.ids,
        "newest result (s ago)": f"{scene.ago_s:.1f}",
        "metres": scene.metric,
        "not finite": scene.not_finite,
    }
    level, text = DiagnosticStatus.OK, f"{scene.people} people, {scene.ago_s:.1f} s ago"
    if outdated:
        # Nobody subscribes: that is nobody's fault.
        level = DiagnosticStatus.OK if scene.outdated == UNWANTED else DiagnosticStatus.ERROR
        text = f"who is there is not known for {scene.ago_s:.1f} s: {scene.outdated}"
    elif scene.new_not_finite:
        level = DiagnosticStatus.ERROR
        text = f"the model gave {scene.new_not_finite} numbers that are not finite"
    elif scene.withheld:
        level, text = DiagnosticStatus.WARN, f"depth/image is withheld: {scene.withheld}"
    return _status("scene", level, text, values)


def _status(name: str, level: bytes, text: str, values: dict[str, object]) -> DiagnosticStatus:
    pairs = [KeyValue(key=key, value=str(value)) for key, value in values.items()]
    return DiagnosticStatus(level=level, name=name, message=text, values=pairs)
