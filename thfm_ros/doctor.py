# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`thfm doctor`: what is wrong here, and what to do about it."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from thfm_ros.shared_memory import ADVICE, FOLDER, PROFILE, room_mb, shortage

_NEEDED = ("torch", "diffusers", "safetensors", "numpy", "opencv-python", "scipy")
_OPTIONAL = {
    "openvino": "a faster backend for CPUs",
    "tf2_msgs": "publish_tf",
    "hri_msgs": "publish_humans (REP-155)",
    "foxglove_msgs": "the topic annotations",
    "rerun": "thfm view, viewer:=true",
    "vision_msgs": "detections2d, detections3d, mask/detections2d",
    "people_msgs": "people, for social navigation",
    "sensor_msgs_py": "reading the topic points in Python",
}
_MARKS = {"ok": "ok", "note": "..", "warn": "!!", "bad": "XX"}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    level: "ok", "note", "warn" (works, but) or "bad" (does not work)
    todo:  what to do about it
    """

    level: str
    text: str
    todo: str = ""

    def __str__(self) -> str:
        line = f"[{_MARKS[self.level]}] {self.text}"
        return f"{line}\n     -> {self.todo}" if self.todo else line


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Register `thfm doctor`."""
    parser = subparsers.add_parser("doctor", help="say what is wrong here, and what to do")
    parser.add_argument("--checkpoint", default="", help="directory of weights to look at")
    parser.add_argument("--node", default="/thfm/perception", help="perception_node's full name")
    parser.add_argument("--image", default="", help="image topic, if no node says which")
    parser.add_argument("--seconds", type=float, default=4.0, help="how long to listen to topics")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Print findings as they come; 1 if something does not work."""
    bad = False
    for finding in examine(args):
        print(finding, flush=True)
        bad |= finding.level == "bad"
    return 1 if bad else 0


def examine(args: argparse.Namespace) -> Iterator[Finding]:
    """Look at versions, weights, backend and, where ROS is there, at what is on the topics."""
    yield from check_versions()
    yield from check_backend()
    yield from check_checkpoint(args.checkpoint)
    yield from check_transport()
    yield from check_shared_memory()
    if find_spec("rclpy") is None:
        yield Finding("warn", "rclpy is not there: topics are not looked at", "source ROS 2")
        return
    topics = importlib.import_module("thfm_ros.nodes.doctor")
    yield from (Finding(*found) for found in topics.examine(args.node, args.image, args.seconds))


def check_versions() -> Iterator[Finding]:
    """Say which packages are there."""
    yield Finding("ok", f"Python {sys.version.split()[0]}, thfm_ros {_own_version()}")
    for name in _NEEDED:
        try:
            yield Finding("ok", f"{name} {version(name)}")
        except PackageNotFoundError:
            module = {"opencv-python": "cv2"}.get(name, name)
            if find_spec(module):
                yield Finding("ok", f"{name}: there, without a version (system package)")
            else:
                yield Finding("bad", f"{name} is missing", "pip install -r requirements.txt")
    for name, purpose in _OPTIONAL.items():
        if find_spec(name):
            yield Finding("ok", f"{name} is there, for {purpose}")
        else:
            yield Finding("note", f"{name} is not there; it would be for {purpose}")


def check_backend() -> Iterator[Finding]:
    """Say what inference would run on."""
    import torch

    if torch.cuda.is_available():
        yield Finding("ok", f"CUDA: {torch.cuda.get_device_name(0)}, torch {torch.__version__}")
        return
    threads = torch.get_num_threads()
    yield Finding("note", f"no CUDA device: the model runs on the CPU with {threads} threads")


def check_checkpoint(directory: str) -> Iterator[Finding]:
    """Say whether the weights can be loaded."""
    from thfm_ros.model.checkpoint import CheckpointError
    from thfm_ros.model.shipped import load_model, weights_title

    try:
        model, title = load_model(directory), weights_title(directory)
    except (CheckpointError, OSError, ValueError) as error:
        todo = "give the directory that `thfm train` or `thfm convert` wrote"
        yield Finding("bad", f"checkpoint: {error}", todo)
        return
    width, height = model.config.size
    if not model.config.trained:
        yield Finding("warn", f"{title}: not trained", "results mean nothing: train first")
    yield Finding("ok", f"{title}: {model.config.name}, {width}x{height}, {model.config.tasks}")


def check_transport() -> Iterator[Finding]:
    """Say whether large images would get through."""
    rmw = os.environ.get("RMW_IMPLEMENTATION", "")
    profile = os.environ.get(PROFILE, "")
    if rmw and "fastrtps" not in rmw:
        yield Finding("ok", f"RMW_IMPLEMENTATION is {rmw}")
    elif not profile:
        todo = f"export {PROFILE}=<share/thfm_ros>/config/fastdds.xml, for the camera too"
        yield Finding("warn", "default Fast DDS loses most raw 640x480 images", todo)
    elif not os.path.isfile(profile):
        yield Finding("bad", f"{PROFILE} is {profile}, which is no file", "correct or unset it")
    else:
        yield Finding("ok", f"{PROFILE}={profile}")


def check_shared_memory(folder: str = FOLDER) -> Iterator[Finding]:
    """Say whether there is room for the images of this and two more participants."""
    if problem := shortage(folder):
        yield Finding("warn", problem.removesuffix(f": {ADVICE}"), ADVICE)
    else:
        yield Finding("ok", "{}: {:.0f} of {:.0f} MB are free".format(folder, *room_mb(folder)))


def _own_version() -> str:
    import thfm_ros

    return thfm_ros.__version__
