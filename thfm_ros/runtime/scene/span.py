# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How far people are, as a checkpoint itself tells it.

A picture without its camera does not show how far away somebody is, only how many metres wide it is
where people are: its span (TokenGroup.tells_span). With the focal length that is a distance.
"""

from __future__ import annotations

import numpy as np

from thfm_ros.camera import Resize
from thfm_ros.model.config import TokenGroup
from thfm_ros.region import Region

_LARGEST_LOG = 6.0
"""Spans of 2 mm to 400 m; beyond that a network tells nonsense, which must stay finite."""


def metres_per_pixel(
    outputs: dict[str, np.ndarray], groups: tuple[TokenGroup, ...], region: Region
) -> np.ndarray | None:
    """Return how many metres a pixel of the source is wide at the people's median depth [...].

    None where no group tells the span; NaN where the network gives no number.

    outputs: {group: [..., joints, values]}
    region:  what the network was shown
    """
    tells = [group for group in groups if group.tells_span and group.name in outputs]
    if not tells:
        return None
    group = tells[0]
    resize = region if isinstance(region, Resize) else region.resize
    log_span = group.layout.log_span(outputs[group.name]).clip(-_LARGEST_LOG, _LARGEST_LOG)
    return np.exp(log_span) * resize.scale[0] / resize.target[0]
