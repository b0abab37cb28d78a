# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The same errors apart: by person, by landmark, by distance, by occlusion."""

from __future__ import annotations

import numpy as np

from thfm_ros.evaluation.scoring.bodies import Observation, by, summarise
from thfm_ros.perception import LandmarkState

DISTANCES_M = (1.5, 3.0, 5.0)
VISIBLE_SHARES = (0.25, 0.75)
SHOWN = ("people", "people_recall", "pck_0_1", "mpjpe_mm", "pa_mpjpe_mm")


def breakdowns(observations: list[Observation]) -> dict[str, dict[str, dict[str, float]]]:
    """Return breakdown -> group -> figures; groups without anybody are left out."""
    keys = {"person": lambda o: o.id, "distance": _distance_band, "occlusion": _visibility_band}
    tables = {
        name: {
            group: {metric: summarise(members)[metric] for metric in SHOWN}
            for group, members in sorted(by(observations, key).items())
        }
        for name, key in keys.items()
    }
    return {**tables, "landmark": _by_landmark(observations)}


def _distance_band(observation: Observation) -> str | None:
    if not np.isfinite(observation.distance):
        return None
    edges = (0.0, *DISTANCES_M)
    band = int(np.searchsorted(DISTANCES_M, observation.distance, side="right"))
    if band == len(DISTANCES_M):
        return f"{edges[band]:g} m and more"
    return f"{edges[band]:g} to {edges[band + 1]:g} m"


def _visibility_band(observation: Observation) -> str | None:
    if not observation.labelled.any():
        return None
    band = int(np.searchsorted(VISIBLE_SHARES, observation.visible_share, side="right"))
    return ("under 25 % in sight", "25 to 75 % in sight", "75 % and more in sight")[band]


def _by_landmark(observations: list[Observation]) -> dict[str, dict[str, float]]:
    if not observations:
        return {}
    joints = observations[0].joints
    seen = [o for o in observations if o.counts]
    table = {}
    for index, name in enumerate(joints.joints):
        hits = [o.error2d[index] <= 0.1 for o in seen if o.state[index] == LandmarkState.VISIBLE]
        errors = [o.error3d[index] for o in seen if o.found and o.labelled[index]]
        known = [error for error in errors if np.isfinite(error)]
        table[name] = {
            "pck_0_1": float(np.mean(hits)) if hits else float("nan"),
            "mpjpe_mm": 1e3 * float(np.mean(known)) if known else float("nan"),
        }
    return table
