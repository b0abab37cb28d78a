# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Read motion clips from files: DeepMimic's JSON (.txt) and BVH."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from thfm_ros.synth.motion.segments import DOWN, INDEX, SEGMENTS, Motion
from thfm_ros.synth.rotations import aligning

DEEPMIMIC_AXES = np.array([[0, 0, -1.0], [-1, 0, 0], [0, 1, 0]])
"""DeepMimic (x forward, y up, z right) to ours (x left, y back, z up)."""
BVH_AXES = np.array([[1, 0, 0], [0, 0, -1.0], [0, 1, 0]])
"""BVH by custom (x left, y up, z forward) to ours."""
DEEPMIMIC_PELVIS_HEIGHT_M = 0.85
DEEPMIMIC_WIDTH = 44

_BVH_JOINTS = {
    "pelvis": ("Hips",),
    "chest": ("Spine1", "Chest2", "Chest", "Spine"),
    "head": ("Head",),
    "right_thigh": ("RightUpLeg", "RightHip"),
    "right_shank": ("RightLeg", "RightKnee"),
    "right_foot": ("RightFoot", "RightAnkle"),
    "right_upper_arm": ("RightArm", "RightShoulder"),
    "right_forearm": ("RightForeArm", "RightElbow"),
    "right_hand": ("RightHand", "RightWrist"),
}
_BVH_JOINTS |= {
    name.replace("right", "left"): tuple(joint.replace("Right", "Left") for joint in joints)
    for name, joints in _BVH_JOINTS.items()
    if name.startswith("right")
}
_CHILD = {"thigh": "shank", "shank": "foot", "upper_arm": "forearm", "forearm": "hand"}


class MotionFileError(ValueError):
    """A file that is no motion clip of a known format."""


def read_motion(path: Path) -> Motion:
    """Read a .bvh file or a DeepMimic .txt/.json file."""
    try:
        if path.suffix.lower() == ".bvh":
            return read_bvh(path)
        return read_deepmimic(path)
    except (KeyError, IndexError, ValueError) as error:
        raise MotionFileError(f"{path} is no readable motion clip: {error}") from error


def read_deepmimic(path: Path) -> Motion:
    """Read DeepMimic's humanoid clips: 44 numbers a frame, quaternions w first."""
    rows = np.array(json.loads(path.read_text())["Frames"], float)
    if rows.ndim != 2 or rows.shape[1] != DEEPMIMIC_WIDTH:
        raise ValueError(f"a frame has {rows.shape[1:]} numbers, allowed are {DEEPMIMIC_WIDTH}")

    def ball(column: int) -> np.ndarray:
        return Rotation.from_quat(rows[:, [column + 1, column + 2, column + 3, column]]).as_matrix()

    def hinge(column: int) -> np.ndarray:
        return Rotation.from_euler("z", rows[:, [column]]).as_matrix()

    world = {"pelvis": ball(4)}
    world["chest"] = world["pelvis"] @ ball(8)
    world["head"] = world["chest"] @ ball(12)
    for side, leg, arm in (("right", 16, 25), ("left", 30, 39)):
        world[f"{side}_thigh"] = world["pelvis"] @ ball(leg)
        world[f"{side}_shank"] = world[f"{side}_thigh"] @ hinge(leg + 4)
        world[f"{side}_foot"] = world[f"{side}_shank"] @ ball(leg + 5)
        world[f"{side}_upper_arm"] = world["chest"] @ ball(arm)
        world[f"{side}_forearm"] = world[f"{side}_upper_arm"] @ hinge(arm + 4)
        world[f"{side}_hand"] = world[f"{side}_forearm"]
    rotations = np.stack([world[name] for name in SEGMENTS], 1)
    rotations = DEEPMIMIC_AXES @ rotations @ DEEPMIMIC_AXES.T
    times = np.concatenate([[0], np.cumsum(rows[:-1, 0])])
    pelvis = rows[:, 1:4] @ DEEPMIMIC_AXES.T / DEEPMIMIC_PELVIS_HEIGHT_M
    return Motion(path.stem, times, rotations, pelvis, source=path.stem)


def read_bvh(path: Path) -> Motion:
    """Read a BVH clip with CMU's or MotionBuilder's joint names; frame 0, a T-pose, is skipped."""
    joints, channels = _parse_hierarchy(path.read_text().splitlines())
    seconds, values = channels
    world, pelvis = _bvh_world(joints, values)
    names = [joint["name"] for joint in joints]
    index = {
        segment: next((names.index(n) for n in candidates if n in names), None)
        for segment, candidates in _BVH_JOINTS.items()
    }
    if index["pelvis"] is None:
        raise ValueError(f"no joint named Hips, found {names[:5]} ...")
    rotations = np.empty((len(values), len(SEGMENTS), 3, 3))
    for segment in SEGMENTS:
        rotations[:, INDEX[segment]] = _bvh_segment(segment, index, joints, world)
    position = pelvis @ BVH_AXES.T
    position /= np.percentile(position[:, 2], 80)
    return Motion(
        path.stem, np.arange(len(values)) * seconds, rotations, position, source=path.stem
    )


def _parse_hierarchy(lines: list[str]):
    joints, stack, current, row = [], [], -1, 0
    while not lines[row].strip().startswith("MOTION"):
        words = lines[row].split()
        row += 1
        if not words:
            continue
        if words[0] in ("ROOT", "JOINT"):
            parent = stack[-1] if stack else -1
            joints.append({"name": words[1], "parent": parent, "offset": None, "channels": ()})
            current = len(joints) - 1
        elif words[0] == "End":
            current = -2
        elif words[0] == "{":
            stack.append(current)
        elif words[0] == "}":
            stack.pop()
        elif words[0] == "OFFSET" and current >= 0:
            joints[current]["offset"] = np.array(words[1:4], float)
        elif words[0] == "CHANNELS":
            joints[current]["channels"] = words[2:]
    count, seconds = int(lines[row + 1].split()[1]), float(lines[row + 2].split()[2])
    values = [line.split() for line in lines[row + 3 : row + 3 + count] if line.strip()]
    return joints, (seconds, np.array(values, float)[1:])


def _bvh_world(joints, values) -> tuple[np.ndarray, np.ndarray]:
    world, column, pelvis = np.zeros((len(values), len(joints), 3, 3)), 0, None
    for j, joint in enumerate(joints):
        names = joint["channels"]
        block = values[:, column : column + len(names)]
        column += len(names)
        turns = [k for k, name in enumerate(names) if name.endswith("rotation")]
        order = "".join(names[k][0] for k in turns)
        local = Rotation.from_euler(order, block[:, turns], degrees=True).as_matrix()
        if joint["parent"] < 0:
            pelvis, world[:, j] = block[:, :3], local
        else:
            world[:, j] = world[:, joint["parent"]] @ local
    return world, pelvis


def _bvh_segment(segment: str, index: dict, joints, world) -> np.ndarray:
    """Rotations of one segment; the source's rest direction becomes our hanging one."""
    side, _, limb = segment.partition("_")
    if limb == "hand":
        return _bvh_segment(f"{side}_forearm", index, joints, world)
    joint = index[segment] if index[segment] is not None else index["pelvis"]
    rotations = BVH_AXES @ world[:, joint] @ BVH_AXES.T
    child = index.get(f"{side}_{_CHILD[limb]}") if limb in _CHILD else None
    if child is None:
        return rotations
    return rotations @ aligning(DOWN, BVH_AXES @ joints[child]["offset"])
