# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What our launch files check: ros2 launch itself ignores arguments that nobody declared."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

from thfm_ros.options import did_you_mean


def check_arguments(given: Iterable[str], file: str, names: Iterable[str]) -> None:
    """RuntimeError, which ends the launch, for the first `name:=value` with an unknown name.

    given: what stands on the command line (LaunchContext.argv); file: the launch file; names: its
    arguments. Where another launch file includes ours, the command line is that one's business.
    """
    if not _is_launched_itself(Path(file)):
        return
    names = list(names)
    for argument in given:
        name, assigned, _ = argument.partition(":=")
        if assigned and name not in names:
            raise RuntimeError(f"launch argument {did_you_mean(name, names)}")


def _is_launched_itself(file: Path) -> bool:
    words = sys.argv
    if any(Path(word).exists() and Path(word).samefile(file) for word in words):
        return True
    return ("thfm_ros", file.name) in pairwise(words)
