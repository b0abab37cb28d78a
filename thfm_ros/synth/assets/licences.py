# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Refuse data by name whose licence forbids what this package is for."""

from __future__ import annotations

import re
from pathlib import Path

NON_COMMERCIAL = {
    "smpl": "SMPL bodies are licensed for non-commercial research only",
    "smplh": "SMPL-H bodies are licensed for non-commercial research only",
    "smplx": "SMPL-X bodies are licensed for non-commercial research only",
    "amass": "AMASS motions are licensed for non-commercial research only",
    "sie": "Sony's SIE clips in DeepMimic are CC-BY-NC-4.0",
    "h36m": "Human3.6M is licensed for academic use only",
    "human36m": "Human3.6M is licensed for academic use only",
    "aist": "AIST Dance is licensed for academic use only",
    "babel": "BABEL annotates AMASS, which is for non-commercial research only",
}


class LicenceError(ValueError):
    """Data that may not be used to train a model that anyone may use."""


def check_free(path: Path) -> None:
    """Raise LicenceError when a path bears the name of non-commercial data."""
    for piece in re.split(r"[/\\_\s]+", str(path).lower()):
        words = {*re.findall(r"[a-z0-9]+", piece), re.sub(r"[^a-z0-9]", "", piece)}
        for name in words & set(NON_COMMERCIAL):
            raise LicenceError(f"{path} is refused: {NON_COMMERCIAL[name]}")
