# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Every data set by name: its reader, split and protocol, and where to register."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from thfm_ros.evaluation.datasets import emdb, goliath, hi4d, human36m, photomatte85, rich, thuman2
from thfm_ros.evaluation.replay.recording import Sample


@dataclass(frozen=True)
class DataSet:
    """read(root, options) yields the split; options: "body_models" and "backgrounds", folders."""

    read: Callable[[Path, dict], Iterator[Sample]]
    split: str
    protocol: str
    register: str


DATA_SETS = {
    "hi4d": DataSet(hi4d.read, hi4d.SPLIT, hi4d.PROTOCOL, "hi4d.ait.ethz.ch"),
    "emdb1": DataSet(emdb.read_emdb1, f"EMDB-1: {emdb.SPLIT}", emdb.PROTOCOL, "emdb.ait.ethz.ch"),
    "emdb2": DataSet(emdb.read_emdb2, f"EMDB-2: {emdb.SPLIT}", emdb.PROTOCOL, "emdb.ait.ethz.ch"),
    "rich": DataSet(rich.read, rich.SPLIT, rich.PROTOCOL, "rich.is.tue.mpg.de"),
    "goliath": DataSet(
        goliath.read, goliath.SPLIT, goliath.PROTOCOL, "github.com/facebookresearch/goliath"
    ),
    "human36m": DataSet(
        human36m.read, human36m.SPLIT, human36m.PROTOCOL, "vision.imar.ro/human3.6m"
    ),
    "photomatte85": DataSet(
        photomatte85.read,
        photomatte85.SPLIT,
        photomatte85.PROTOCOL,
        "grail.cs.washington.edu/projects/background-matting-v2",
    ),
    "thuman2": DataSet(
        thuman2.read, thuman2.SPLIT, thuman2.PROTOCOL, "github.com/ytrock/THuman2.0-Dataset"
    ),
}
