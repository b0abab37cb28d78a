# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The message types of this package for reading and writing bags without ROS, from msg/."""

from __future__ import annotations

from pathlib import Path

from rosbags.typesys import Stores, get_types_from_msg, get_typestore


def message_folder() -> Path:
    """Return the folder of our .msg files: beside the package in a source tree, else in share/."""
    for parent in Path(__file__).resolve().parents:
        for folder in (parent / "msg", parent / "share" / "thfm_ros" / "msg"):
            if (folder / "Keypoints2D.msg").exists():
                return folder
    raise FileNotFoundError("the msg/ folder of thfm_ros was not found beside the Python package")


def typestore():
    """Return rosbags' type store of ROS 2 with the types of this package added."""
    store = get_typestore(Stores.ROS2_JAZZY)
    types = {}
    for path in sorted(message_folder().glob("*.msg")):
        types.update(get_types_from_msg(path.read_text(), f"thfm_ros/msg/{path.stem}"))
    store.register(types)
    return store
