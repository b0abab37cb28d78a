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

from thfm_ros.media.bit_depth import AUTO
from thfm_ros.model.shipped import config_of
from thfm_ros.nodes.image_input import CameraSettings
from thfm_ros.nodes.outputs import OutputPolicy
from thfm_ros.options import BY_NAME, OPTIONS, TASKS, Option, did_you_mean, nearest_name
from thfm_ros.runtime.backends import BackendChoice
from thfm_ros.runtime.depth_alignment import AlignmentPolicy
from thfm_ros.runtime.engine import EngineConfig
from thfm_ros.runtime.intake import IntakePolicy
from thfm_ros.runtime.scene import ScenePolicy
from thfm_ros.runtime.schedule import Schedule
from thfm_ros.runtime.tracking import TrackPolicy
from thfm_ros.runtime.turn import Turn
from thfm_ros.runtime.window import WindowPolicy


@dataclass(frozen=True)
class PerceptionSettings:
    """What perception_node was configured with."""

    engine: EngineConfig
    intake: IntakePolicy
    outputs: OutputPolicy
    camera: CameraSettings


def declare(node: LifecycleNode) -> None:
    """Declare all parameters; a value from outside that is out of range raises."""
    for option in OPTIONS:
        default = list(option.default) if isinstance(option.default, tuple) else option.default
        node.declare_parameter(option.name, default, descriptor(option))


def descriptor(option: Option) -> ParameterDescriptor:
    """Return what `ros2 param describe` shows."""
    when = "any time" if option.dynamic else "while unconfigured"
    text = f"{option.description} (may change: {when})"
    found = ParameterDescriptor(name=option.name, description=text)
    if option.allowed:
        found.additional_constraints = f"one of {', '.join(option.allowed)}"
    # YAML reads 16 as a number, where the other values are words.
    found.dynamic_typing = any(text.isdigit() for text in option.allowed)
    if option.bounds and isinstance(option.default, float):
        low, high = option.bounds
        found.floating_point_range = [FloatingPointRange(from_value=low, to_value=high)]
    elif option.bounds:
        low, high = map(int, option.bounds)
        found.integer_range = [IntegerRange(from_value=low, to_value=high, step=1)]
    return found


def unknown(node: LifecycleNode) -> list[str]:
    """Return the names that were given from outside (a file, the command line) but do not exist."""
    # rclpy has no public way to ask for overrides of parameters that were not declared.
    given = getattr(node, "_parameter_overrides", {})
    return sorted(
        name for name in given if not node.has_parameter(name) and not name.startswith("qos_")
    )


def mistyped(names: list[str]) -> str:
    """Return what is wrong with unknown names that are nearly ours, "" where none is.

    Others may be meant for another node of the same file.
    """
    meant = [name for name in names if nearest_name(name, BY_NAME)]
    return "; ".join(f"parameter {did_you_mean(name, BY_NAME)}" for name in meant)


def read(node: LifecycleNode) -> PerceptionSettings:
    """Read and check everything that matters at configure; ValueError names the parameter."""

    def value(name: str) -> Any:
        value = node.get_parameter(name).value
        allowed = BY_NAME[name].allowed
        value = str(value) if allowed else value
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
            schedule=Schedule({task: value(f"schedule.{task}") for task in TASKS}),
            backend=BackendChoice(
                value("backend"), value("device"), value("threads"), value("inductor")
            ),
            scene=ScenePolicy(
                TrackPolicy(
                    value("people.max"), value("people.lost_after_s"), value("people.id_seed")
                ),
                AlignmentPolicy(
                    value("depth.alignment"),
                    value("depth.fixed_scale"),
                    value("depth.fixed_shift"),
                    value("depth.max_residual_m"),
                ),
            ),
            min_score=value("min_score"),
            min_confidence=value("min_confidence"),
            turn=Turn(int(value("image_rotation"))),
        ),
        intake=IntakePolicy(value("mode"), value("backlog"), length, value("time_jump_backward_s")),
        outputs=OutputPolicy(
            value("privacy_mode"),
            value("publish_tf"),
            value("publish_humans"),
            value("heartbeat_s"),
        ),
        camera=CameraSettings(
            value("image_transport"),
            value("frame_id_override"),
            AUTO if value("mono16_scale") == "auto" else int(value("mono16_scale")),
            value("depth.alignment") == "sensor",
        ),
    )


def judge_change(parameters: list[Parameter], configured: bool) -> SetParametersResult:
    """Decide on a change at run time; a refusal names the parameter and the reason."""
    for parameter in parameters:
        option = BY_NAME.get(parameter.name)
        if option is None:
            continue
        if configured and not option.dynamic:
            reason = f"{parameter.name} can only change while unconfigured: deactivate and clean up"
            return SetParametersResult(successful=False, reason=reason)
        if option.allowed and str(parameter.value) not in option.allowed:
            reason = f"{parameter.name} is {parameter.value!r}, allowed is one of {option.allowed}"
            return SetParametersResult(successful=False, reason=reason)
    return SetParametersResult(successful=True)
