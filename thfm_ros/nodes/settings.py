# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What perception_node is configured with, read from its parameters. Importing it loads torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rclpy.exceptions import ParameterUninitializedException
from rclpy.lifecycle import LifecycleNode

from thfm_ros.media.bit_depth import AUTO
from thfm_ros.model.shipped import config_of
from thfm_ros.nodes.image_input import CameraSettings
from thfm_ros.nodes.outputs import OutputPolicy
from thfm_ros.options import BY_NAME, BY_TF, TASKS
from thfm_ros.runtime.backends import BackendChoice
from thfm_ros.runtime.engine import EngineConfig
from thfm_ros.runtime.looks.rotation import ImageRotation
from thfm_ros.runtime.scene.depth_alignment import AlignmentPolicy
from thfm_ros.runtime.scene.scene import ScenePolicy
from thfm_ros.runtime.scene.tracking import TrackPolicy
from thfm_ros.runtime.stream.intake import IntakePolicy
from thfm_ros.runtime.stream.schedule import Schedule
from thfm_ros.runtime.stream.window import WindowPolicy


@dataclass(frozen=True)
class PerceptionSettings:
    """What perception_node was configured with."""

    engine: EngineConfig
    intake: IntakePolicy
    outputs: OutputPolicy
    camera: CameraSettings


def read(node: LifecycleNode) -> PerceptionSettings:
    """Read and check everything that matters at configure; ValueError names the parameter."""

    def value(name: str) -> Any:
        try:
            value = node.get_parameter(name).value
        except ParameterUninitializedException as error:  # what rclpy makes of an empty list
            raise ValueError(f"{name} is empty: {BY_NAME[name].description}") from error
        allowed = BY_NAME[name].allowed
        value = str(value) if allowed else value
        if allowed and value not in allowed:
            raise ValueError(f"{name} is {value!r}, allowed is one of {allowed}")
        return value

    rotation = value("image_rotation")
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
            rotation=ImageRotation(0 if rotation == BY_TF else int(rotation)),
        ),
        intake=IntakePolicy(value("mode"), value("backlog"), length, value("time_jump_backward_s")),
        outputs=OutputPolicy(
            value("privacy_mode"),
            value("publish_tf"),
            value("publish_humans"),
            value("heartbeat_s"),
            tuple(value("tasks")),
        ),
        camera=CameraSettings(
            value("image_transport"),
            value("frame_id_override"),
            AUTO if value("mono16_scale") == "auto" else int(value("mono16_scale")),
            value("depth.alignment") == "sensor",
            rotation == BY_TF,
        ),
    )
