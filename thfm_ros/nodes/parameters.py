# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The parameters of perception_node: declared with descriptions, read into frozen settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rcl_interfaces.msg import (
    FloatingPointRange,
    IntegerRange,
    ParameterDescriptor,
    SetParametersResult,
)
from rclpy.lifecycle import LifecycleNode
from rclpy.parameter import Parameter

from thfm_ros import tasks
from thfm_ros.camera import RESIZE_MODES
from thfm_ros.model.shipped import config_of
from thfm_ros.nodes.outputs import OutputPolicy
from thfm_ros.runtime.backends import BackendChoice
from thfm_ros.runtime.backends.base import BACKENDS
from thfm_ros.runtime.depth_alignment import ALIGNMENTS, AlignmentPolicy
from thfm_ros.runtime.engine import EMISSIONS, EngineConfig
from thfm_ros.runtime.intake import MODES, IntakePolicy
from thfm_ros.runtime.scene import ScenePolicy
from thfm_ros.runtime.schedule import Schedule
from thfm_ros.runtime.tracking import TrackPolicy
from thfm_ros.runtime.window import WindowPolicy

TRANSPORTS = ("raw", "compressed")


@dataclass(frozen=True)
class Declaration:
    """One parameter. `dynamic` ones may change at any time, others only while unconfigured."""

    name: str
    default: Any
    description: str
    dynamic: bool = False
    allowed: tuple[str, ...] = ()
    bounds: tuple[float, float] | None = None

    def descriptor(self) -> ParameterDescriptor:
        """Return what `ros2 param describe` shows."""
        when = "any time" if self.dynamic else "while unconfigured"
        text = f"{self.description} (may change: {when})"
        descriptor = ParameterDescriptor(name=self.name, description=text)
        if self.allowed:
            descriptor.additional_constraints = f"one of {', '.join(self.allowed)}"
        if self.bounds and isinstance(self.default, float):
            low, high = self.bounds
            descriptor.floating_point_range = [FloatingPointRange(from_value=low, to_value=high)]
        elif self.bounds:
            low, high = map(int, self.bounds)
            descriptor.integer_range = [IntegerRange(from_value=low, to_value=high, step=1)]
        return descriptor


DECLARATIONS = (
    Declaration(
        "checkpoint", "", "directory of the weights; empty = those that ship, random = untrained"
    ),
    Declaration("tasks", list(tasks.TASKS), f"what to compute, of {', '.join(tasks.TASKS)}"),
    Declaration("network.width", 0, "pixels; 0 = the checkpoint's own", bounds=(0, 4096)),
    Declaration("network.height", 0, "pixels; 0 = the checkpoint's own", bounds=(0, 4096)),
    Declaration(
        "resize_mode", "letterbox", "how images become network input", allowed=RESIZE_MODES
    ),
    Declaration(
        "window.length", 0, "frames in a window, 4k + 1; 0 = the checkpoint's own", bounds=(0, 257)
    ),
    Declaration("window.stride", 1, "an inference every so many frames", bounds=(1, 256)),
    Declaration(
        "window.max_gap_s", 0.5, "seconds; a longer gap starts a new window", bounds=(0.001, 3600.0)
    ),
    Declaration(
        "emit",
        "newest",
        "newest = a result for a window's newest frame, new = for every frame new to it",
        allowed=EMISSIONS,
    ),
    Declaration(
        "focus", True, "look again, through a crop, where people fill little of the picture"
    ),
    *(
        Declaration(f"schedule.{task}", 1, "runs in every n-th window", bounds=(1, 1000))
        for task in tasks.TASKS
    ),
    Declaration(
        "mode", "latest", "latest = drop and stay current, every = never drop", allowed=MODES
    ),
    Declaration("backlog", 30, "frames that may wait in mode every", bounds=(1, 10_000)),
    Declaration("backend", "auto", "what runs the model", allowed=BACKENDS),
    Declaration("device", "auto", "auto, cpu, cuda or cuda:N"),
    Declaration("inductor", False, "backend cuda_graph records the kernels of torch.compile"),
    Declaration("threads", 0, "CPU threads of the model; 0 = all cores", bounds=(0, 1024)),
    Declaration("people.max", 4, "how many people are followed; 1 is cheapest", bounds=(1, 254)),
    Declaration(
        "people.lost_after_s",
        1.0,
        "seconds without seeing somebody until they are lost",
        bounds=(0.0, 60.0),
    ),
    Declaration(
        "depth.alignment",
        "keypoints",
        "how relative depth becomes metres; sensor needs images on depth_sensor/image",
        allowed=ALIGNMENTS,
    ),
    Declaration(
        "depth.fixed_scale",
        1.0,
        "metres per unit of depth, for depth.alignment fixed",
        bounds=(1e-6, 1e6),
    ),
    Declaration(
        "depth.fixed_shift",
        0.0,
        "metres, added for depth.alignment fixed",
        bounds=(-1e6, 1e6),
    ),
    Declaration(
        "depth.max_residual_m",
        0.25,
        "metres; depth/image is withheld while landmarks or the sensor fit worse",
        bounds=(0.001, 100.0),
    ),
    Declaration("min_score", EngineConfig.min_score, "below it nobody is there", bounds=(0.0, 1.0)),
    Declaration(
        "min_confidence",
        EngineConfig.min_confidence,
        "a landmark that is less likely to be in sight is absent",
        bounds=(0.0, 1.0),
    ),
    Declaration(
        "image_transport", "raw", "raw = image, compressed = image/compressed", allowed=TRANSPORTS
    ),
    Declaration("frame_id_override", "", "frame of images that come without one"),
    Declaration(
        "time_jump_backward_s",
        0.5,
        "seconds; a stamp so much older restarts the stream, a smaller step back is a late frame",
        bounds=(0.001, 3600.0),
    ),
    Declaration(
        "publish_lazily", True, "compute and publish only what is subscribed", dynamic=True
    ),
    Declaration("privacy_mode", False, "no pixel of the camera is published in any form"),
    Declaration("publish_tf", False, "broadcast frames body_<id>; needs tf2_msgs"),
    Declaration("publish_humans", False, "publish REP-155 bodies; needs hri_msgs"),
    Declaration(
        "stale_timeout_s",
        2.0,
        "seconds without images until diagnostics say ERROR",
        dynamic=True,
        bounds=(0.1, 3600.0),
    ),
    Declaration("diagnostics_period_s", 1.0, "seconds between diagnostics", bounds=(0.1, 60.0)),
    Declaration("autostart", True, "configure and activate at start"),
)
_BY_NAME = {declaration.name: declaration for declaration in DECLARATIONS}


@dataclass(frozen=True)
class PerceptionSettings:
    """What perception_node was configured with."""

    engine: EngineConfig
    intake: IntakePolicy
    outputs: OutputPolicy
    image_transport: str
    frame_id_override: str


def declare(node: LifecycleNode) -> None:
    """Declare all parameters; a value from outside that is out of range raises."""
    for declaration in DECLARATIONS:
        node.declare_parameter(declaration.name, declaration.default, declaration.descriptor())


def unknown(node: LifecycleNode) -> list[str]:
    """Return the names that were given from outside (a file, the command line) but do not exist."""
    # rclpy has no public way to ask for overrides of parameters that were not declared.
    given = getattr(node, "_parameter_overrides", {})
    return sorted(
        name for name in given if not node.has_parameter(name) and not name.startswith("qos_")
    )


def read(node: LifecycleNode) -> PerceptionSettings:
    """Read and check everything that matters at configure; ValueError names the parameter."""

    def value(name: str) -> Any:
        value = node.get_parameter(name).value
        allowed = _BY_NAME[name].allowed
        if allowed and value not in allowed:
            raise ValueError(f"{name} is {value!r}, allowed is one of {allowed}")
        return value

    size = (value("network.width"), value("network.height"))
    if (size[0] == 0) != (size[1] == 0):
        raise ValueError(f"network.width, network.height are {size}, set both or none")
    length = value("window.length") or config_of(value("checkpoint")).frames
    return PerceptionSettings(
        engine=EngineConfig(
            checkpoint=value("checkpoint"),
            tasks=tuple(value("tasks")),
            size=None if size == (0, 0) else size,
            resize_mode=value("resize_mode"),
            window=WindowPolicy(length, value("window.stride"), value("window.max_gap_s")),
            emit=value("emit"),
            focus=value("focus"),
            schedule=Schedule({task: value(f"schedule.{task}") for task in tasks.TASKS}),
            backend=BackendChoice(
                value("backend"), value("device"), value("threads"), value("inductor")
            ),
            scene=ScenePolicy(
                TrackPolicy(value("people.max"), value("people.lost_after_s")),
                AlignmentPolicy(
                    value("depth.alignment"),
                    value("depth.fixed_scale"),
                    value("depth.fixed_shift"),
                    value("depth.max_residual_m"),
                ),
            ),
            min_score=value("min_score"),
            min_confidence=value("min_confidence"),
        ),
        intake=IntakePolicy(value("mode"), value("backlog"), length, value("time_jump_backward_s")),
        outputs=OutputPolicy(value("privacy_mode"), value("publish_tf"), value("publish_humans")),
        image_transport=value("image_transport"),
        frame_id_override=value("frame_id_override"),
    )


def judge_change(parameters: list[Parameter], configured: bool) -> SetParametersResult:
    """Decide on a change at run time; a refusal names the parameter and the reason."""
    for parameter in parameters:
        declaration = _BY_NAME.get(parameter.name)
        if declaration is None:
            continue
        if configured and not declaration.dynamic:
            reason = f"{parameter.name} can only change while unconfigured: deactivate and clean up"
            return SetParametersResult(successful=False, reason=reason)
        if declaration.allowed and parameter.value not in declaration.allowed:
            reason = (
                f"{parameter.name} is {parameter.value!r}, allowed is one of {declaration.allowed}"
            )
            return SetParametersResult(successful=False, reason=reason)
    return SetParametersResult(successful=True)
