# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a checkpoint's config.json says, read without torch."""

from __future__ import annotations

import json
from pathlib import Path

from thfm_ros.model.config import ThfmConfig

CONFIG = "config.json"
_MAX_CONFIG_BYTES = 1 << 20


class CheckpointError(ValueError):
    """A checkpoint that cannot be loaded; the message names the file and what is wrong."""


def load_config(directory: str | Path) -> ThfmConfig:
    """Read and validate config.json."""
    directory = Path(directory)
    path = directory / CONFIG
    if not directory.is_dir():
        raise CheckpointError(f"checkpoint {directory} is not a directory")
    if not path.is_file():
        pickles = sorted(p.name for p in directory.iterdir() if p.suffix in (".bin", ".pt", ".pth"))
        reason = f"; {pickles} are pickles, which are never loaded" if pickles else ""
        raise CheckpointError(f"{directory} has no {CONFIG}{reason}")
    if path.stat().st_size > _MAX_CONFIG_BYTES:
        raise CheckpointError(f"{path} has {path.stat().st_size} bytes, allowed is 1 MiB")
    try:
        return ThfmConfig.from_json(json.loads(path.read_text()))
    except (ValueError, TypeError, KeyError) as error:
        raise CheckpointError(f"{path}: {error}") from error
