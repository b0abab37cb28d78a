# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Every option of perception_node, in one table: parameters and launch arguments are made of it.

No import of ours or of ROS: a launch file reads it, too.
"""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

STANDARD_TASKS = ("depth", "normals", "mask", "dense_pose", "keypoints2d", "keypoints3d")
BY_TF = "auto-from-tf"
TASKS = (*STANDARD_TASKS, "parts")


@dataclass(frozen=True)
class Option:
    """One option. `dynamic` ones may change at any time, others only while unconfigured.

    default:     its type is the option's; a tuple is a list of names
    description: what it means and in which unit
    allowed:     the values that a text may have
    bounds:      the lowest and the highest value of a number
    """

    name: str
    default: Any
    description: str
    dynamic: bool = False
    allowed: tuple[str, ...] = ()
    bounds: tuple[float, float] | None = None

    @property
    def argument(self) -> str:
        """The name of the launch argument."""
        return self.name.replace(".", "_")

    @property
    def choices(self) -> tuple[str, ...] | None:
        """Return what may be written on a command line, None = anything."""
        return ("true", "false") if isinstance(self.default, bool) else self.allowed or None

    def read(self, text: str) -> Any:
        """Return what a text on a command line means; ValueError names the option."""
        kind = type(self.default)
        try:
            if kind is bool:
                return {"true": True, "false": False}[text.lower()]
            return text.split(",") if kind is tuple else kind(text)
        except (KeyError, ValueError):
            expected = {bool: "true or false", int: "a whole number", float: "a number"}[kind]
            raise ValueError(f"{self.argument} is {text!r}, allowed is {expected}") from None


OPTIONS = (
    Option(
        "checkpoint", "", "directory of the weights; empty = those that ship, random = untrained"
    ),
    Option("tasks", STANDARD_TASKS, f"what to compute, of {', '.join(TASKS)}"),
    Option("network.width", 0, "pixels; 0 = the checkpoint's own", bounds=(0, 4096)),
    Option("network.height", 0, "pixels; 0 = the checkpoint's own", bounds=(0, 4096)),
    Option(
        "resize_mode",
        "letterbox",
        "how images become network input",
        allowed=("letterbox", "crop", "stretch"),
    ),
    Option(
        "window.length", 0, "frames in a window, 4k + 1; 0 = the checkpoint's own", bounds=(0, 257)
    ),
    Option("window.stride", 1, "an inference every so many frames", bounds=(1, 256)),
    Option(
        "window.max_gap_s", 0.5, "seconds; a longer gap starts a new window", bounds=(0.001, 3600.0)
    ),
    Option(
        "emit",
        "newest",
        "newest = a result for a window's newest frame, new = for every frame new to it",
        allowed=("newest", "new"),
    ),
    Option("focus", True, "look again, through a crop, where people fill little of the picture"),
    *(
        Option(f"schedule.{task}", 1, "runs in every n-th window", bounds=(1, 1000))
        for task in TASKS
    ),
    Option(
        "mode",
        "latest",
        "latest = drop and stay current, every = never drop",
        allowed=("latest", "every"),
    ),
    Option("backlog", 30, "frames that may wait in mode every", bounds=(1, 10_000)),
    Option(
        "backend",
        "auto",
        "what runs the model",
        allowed=("auto", "cuda_graph", "openvino", "eager"),
    ),
    Option("device", "auto", "auto, cpu, cuda or cuda:N"),
    Option("inductor", False, "backend cuda_graph records the kernels of torch.compile"),
    Option("threads", 0, "CPU threads of the model; 0 = all cores", bounds=(0, 1024)),
    Option("people.max", 4, "how many people are followed; 1 is cheapest", bounds=(1, 254)),
    Option(
        "people.lost_after_s",
        1.0,
        "seconds without seeing somebody until they are lost",
        bounds=(0.0, 60.0),
    ),
    Option(
        "people.id_seed",
        0,
        "ids of people are random; a seed makes them the same in every run, 0 = none",
        bounds=(0, 2**31 - 1),
    ),
    Option(
        "depth.alignment",
        "keypoints",
        "how relative depth becomes metres; sensor needs images on depth_sensor/image",
        allowed=("keypoints", "sensor", "fixed", "none"),
    ),
    Option(
        "depth.fixed_scale",
        1.0,
        "metres per unit of depth, for depth.alignment fixed",
        bounds=(1e-6, 1e6),
    ),
    Option(
        "depth.fixed_shift",
        0.0,
        "metres, added for depth.alignment fixed",
        bounds=(-1e6, 1e6),
    ),
    Option(
        "depth.max_residual_m",
        0.25,
        "metres; depth/image is withheld while landmarks or the sensor fit worse",
        bounds=(0.001, 100.0),
    ),
    Option("min_score", 0.5, "below it nobody is there", bounds=(0.0, 1.0)),
    Option(
        "min_confidence",
        0.02,
        "a landmark that is less likely to be in sight is absent",
        bounds=(0.0, 1.0),
    ),
    Option(
        "image_transport",
        "raw",
        "raw = image, others = image/compressed, image/ffmpeg, image/foxglove",
        allowed=("raw", "compressed", "ffmpeg", "foxglove"),
    ),
    Option(
        "image_rotation",
        "0",
        "degrees clockwise that turn the image so that people stand upright; results are unturned. "
        f"{BY_TF}: by how the camera's frame is turned against gravity",
        allowed=("0", "90", "180", "270", BY_TF),
    ),
    Option(
        "mono16_scale",
        "auto",
        "bits that 16-bit images use; auto = as many as were shown so far",
        allowed=("auto", "8", "10", "12", "14", "16"),
    ),
    Option("frame_id_override", "", "frame of images that come without one"),
    Option(
        "time_jump_backward_s",
        0.5,
        "seconds; a stamp so much older restarts the stream, a smaller step back is a late frame",
        bounds=(0.001, 3600.0),
    ),
    Option("publish_lazily", True, "compute and publish only what is subscribed", dynamic=True),
    Option("privacy_mode", False, "no pixel of the camera is published in any form"),
    Option("publish_tf", False, "broadcast frames body_<id>; needs tf2_msgs"),
    Option("publish_humans", False, "publish REP-155 bodies; needs hri_msgs"),
    Option(
        "stale_timeout_s",
        2.0,
        "seconds without images, or without results, until diagnostics say ERROR",
        dynamic=True,
        bounds=(0.1, 3600.0),
    ),
    Option(
        "heartbeat_s",
        1.0,
        "seconds without a result until nearest_person says UNKNOWN; its deadline is twice that",
        bounds=(0.1, 60.0),
    ),
    Option("diagnostics_period_s", 1.0, "seconds between diagnostics", bounds=(0.1, 60.0)),
    Option("autostart", True, "configure and activate at start"),
)
BY_NAME = {option.name: option for option in OPTIONS}


def nearest_name(name: str, names: object) -> str:
    """Return which of some names was probably meant, "" if none is alike."""
    return next(iter(get_close_matches(name, list(names), n=1, cutoff=0.75)), "")


def add_rotation(parser: ArgumentParser) -> None:
    """Add the command line's --rotation, degrees; the node's option is image_rotation."""
    option = BY_NAME["image_rotation"]
    degrees = tuple(int(text) for text in option.allowed if text != BY_TF)
    text = option.description.partition(". ")[0]
    parser.add_argument("--rotation", type=int, choices=degrees, default=0, help=text)


def did_you_mean(name: str, names: object) -> str:
    """Return a sentence about a name that does not exist."""
    nearest = nearest_name(name, names)
    return f"{name!r} does not exist" + (f"; did you mean {nearest!r}?" if nearest else "")
