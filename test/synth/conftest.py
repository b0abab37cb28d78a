# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""An asset pack without downloads: a committed small body (CC0), made-up tiles and skies."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from thfm_ros.synth.assets.bake_panoramas import bake_panoramas
from thfm_ros.synth.assets.bake_tiles import bake_tiles
from thfm_ros.synth.body import load_body
from thfm_ros.synth.library import load_library

SMALL_BODY = Path(__file__).parents[1] / "data" / "small_body.npz"


def deepmimic_frames(count: int = 12) -> list[list[float]]:
    """A figure that stands and bends its right knee: 44 numbers a frame, quaternions w first."""
    upright = [1.0, 0.0, 0.0, 0.0]
    frames = []
    for k in range(count):
        root = [0.1, 0.02 * k, 0.85, 0.0, *upright]
        right = [*upright, -0.1 * k, *upright, *upright, 0.2]
        left = [*upright, 0.0, *upright, *upright, 0.2]
        frames.append([*root, *upright, *upright, *right, *left])
    return frames


@pytest.fixture(scope="session")
def motion_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("motions")
    for name in ("bend_a", "bend_b", "bend_c", "bend_d", "bend_e", "bend_f"):
        text = json.dumps({"Loop": "none", "Frames": deepmimic_frames()})
        (folder / f"{name}.txt").write_text(text)
    return folder


@pytest.fixture(scope="session")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pack")
    shutil.copy(SMALL_BODY, folder / "body.npz")
    bake_tiles({}, folder / "tiles.npz")
    bake_panoramas({}, folder / "panoramas.npz")
    return folder


@pytest.fixture(scope="session")
def body():
    return load_body(SMALL_BODY)


@pytest.fixture(scope="session")
def library(pack):
    return load_library(pack, "train")


@pytest.fixture
def rng():
    return np.random.default_rng(0)
