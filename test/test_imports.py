# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Imports point down: what each floor of the house may import."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "thfm_ros"
WORDS = {
    *(
        "camera",
        "clips",
        "cpu",
        "frame",
        "interfaces",
        "lens",
        "shared_memory",
        "options",
        "perception",
        "pixel_grid",
        "region",
        "skeleton",
        "tasks",
        "versions",
    ),
}
BELOW = {
    **dict.fromkeys(WORDS, WORDS),
    "media": WORDS,
    "model": WORDS,
    "synth": WORDS,
    "runtime": {*WORDS, "media", "model"},
    "training": {*WORDS, "media", "model", "synth"},
    "evaluation": {*WORDS, "media", "model", "synth", "runtime", "training", "processes"},
    "nodes": {*WORDS, "media", "model", "runtime"},
    "launch_arguments": {"options"},
    "processes": set(),
    "view": {"processes"},
    "demo": {"options", "processes"},
    "doctor": {"model", "shared_memory"},
    "cli": {"options"},
}
ROS = {"rclpy", "builtin_interfaces", "rcl_interfaces", "rosgraph_msgs"}
MESSAGE_MODULES = {"nodes/messages.py", "nodes/markers.py"}
FILES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")


def imported(path):
    """Every module that a file imports when it runs, as dotted names."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_ros(module):
    root = module.partition(".")[0]
    return root in ROS or root.endswith(("_msgs", "_srvs"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path):
    floor = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    assert floor in BELOW, f"{floor} has no place in the house yet: add it to BELOW"
    for module in imported(path):
        parts = module.split(".")
        if parts[0] == "thfm_ros" and len(parts) > 1 and parts[1] != "msg":
            assert parts[1] in {*BELOW[floor], floor}, f"{floor} imports {module}"
        if parts[:2] == ["thfm_ros", "msg"]:
            assert str(path.relative_to(PACKAGE)) in MESSAGE_MODULES
        assert floor == "nodes" or not is_ros(module), f"only nodes may import {module}"


def test_every_file_has_its_licence():
    roots = [PACKAGE, PACKAGE.parent / "test", PACKAGE.parent / "launch"]
    files = [path for root in roots for path in root.rglob("*.py")]
    missing = [
        str(path)
        for path in files
        if "SPDX-License-Identifier: Apache-2.0" not in path.read_text()[:200]
    ]
    assert missing == []
