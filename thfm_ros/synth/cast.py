# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Who plays the people of a scene: parametric people, held-out figures, or quadrupeds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

LOOKS = ("people", "figures", "quadrupeds")


def choose_cast(look: str, pack: Path) -> Callable:
    """Return the function that draws one body of a look from (library, rng, times)."""
    # The command line reads LOOKS without loading a renderer.
    from thfm_ros.synth import people, people_figures, quadrupeds

    check_look(look)
    if look == "figures":
        return people_figures.load_cast(pack)
    return quadrupeds.cast if look == "quadrupeds" else people.make_person


def check_look(look: str) -> None:
    """Raise ValueError for a look that is none."""
    if look not in LOOKS:
        raise ValueError(f"look is {look!r}, allowed is one of {LOOKS}")
