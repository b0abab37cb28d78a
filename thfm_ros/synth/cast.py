# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Who plays the people of a scene: parametric people, held-out figures, quadrupeds, or decoys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

LOOKS = ("people", "figures", "quadrupeds", "decoys")


def choose_cast(look: str, pack: Path) -> Callable:
    """Return the function that draws one body of a look from (library, rng, times)."""
    # The command line reads LOOKS without loading a renderer.
    from thfm_ros.synth import decoys, people, people_figures, quadrupeds

    check_look(look)
    if look == "figures":
        return people_figures.load_cast(pack)
    casts = {"quadrupeds": quadrupeds.cast, "decoys": decoys.cast}
    return casts.get(look, people.make_person)


def finish(look: str, clip, library):
    """Return a rendered clip with the truth of its look: decoys are nobody."""
    from thfm_ros.synth import decoys

    return decoys.as_nobody(clip, library) if look == "decoys" else clip


def check_look(look: str) -> None:
    """Raise ValueError for a look that is none."""
    if look not in LOOKS:
        raise ValueError(f"look is {look!r}, allowed is one of {LOOKS}")
