# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which weights a `checkpoint` setting means: a directory, those that ship, or random ones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from thfm_ros.model.config import ThfmConfig
from thfm_ros.model.config_file import load_config
from thfm_ros.model.presets import preset

if TYPE_CHECKING:
    from thfm_ros.model.thfm import Thfm

RANDOM = "random"
_SHIPPED = Path("models") / "thfm-nano"


def find_checkpoint(setting: str) -> Path | None:
    """Return the directory that a setting names; None stands for random weights.

    setting: a directory, "" = thfm-nano as it ships (random weights where it was left out), or
             "random" = the preset "nano" untrained, for measuring and for trying out
    """
    if setting == RANDOM:
        return None
    return Path(setting) if setting else _shipped()


def config_of(setting: str) -> ThfmConfig:
    """Read what a setting's weights mean, without loading them."""
    directory = find_checkpoint(setting)
    return preset("nano") if directory is None else load_config(directory)


def load_model(setting: str) -> Thfm:
    """Load the model of a setting, for inference."""
    # Seconds of libraries, which a backend that has everything compiled does without.
    import torch

    from thfm_ros.model.checkpoint import load_checkpoint
    from thfm_ros.model.thfm import Thfm

    directory = find_checkpoint(setting)
    if directory is not None:
        return load_checkpoint(directory)
    torch.manual_seed(0)
    return Thfm(preset("nano")).eval().requires_grad_(False)


def weights_title(setting: str) -> str:
    """Return what to call a setting's weights in logs and reports."""
    directory = find_checkpoint(setting)
    return "random weights" if directory is None else directory.resolve().name


def _shipped() -> Path | None:
    """Find the weights beside the source tree, or in an installation's share folder."""
    for parent in Path(__file__).resolve().parents:
        for directory in (parent / _SHIPPED, parent / "share" / "thfm_ros" / _SHIPPED):
            if directory.is_dir():
                return directory
    return None
