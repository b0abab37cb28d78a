# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Quality of service: best effort in, reliable out, and both can be overridden by parameters.

REP-2003: a best-effort subscription matches every camera, a reliable publisher every subscriber.
"""

from __future__ import annotations

from rclpy.duration import Duration
from rclpy.qos import (
    DurabilityPolicy,
    HistoryPolicy,
    QoSProfile,
    ReliabilityPolicy,
)
from rclpy.qos_overriding_options import QoSOverridingOptions

IMAGE_IN = QoSProfile(
    history=HistoryPolicy.KEEP_LAST, depth=5, reliability=ReliabilityPolicy.BEST_EFFORT
)
RESULT = QoSProfile(
    history=HistoryPolicy.KEEP_LAST, depth=5, reliability=ReliabilityPolicy.RELIABLE
)


def vital(deadline_s: float) -> QoSProfile:
    """Return RESULT with a deadline: a subscriber that asks for it, or more, hears of silence.

    No lifespan: it goes by the clocks of both machines, and would hide every message where they
    disagree.
    """
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST,
        depth=5,
        reliability=ReliabilityPolicy.RELIABLE,
        deadline=Duration(seconds=deadline_s),
    )


RECORD = QoSProfile(
    history=HistoryPolicy.KEEP_LAST, depth=100, reliability=ReliabilityPolicy.RELIABLE
)
LATCHED = QoSProfile(
    history=HistoryPolicy.KEEP_LAST,
    depth=1,
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.TRANSIENT_LOCAL,
)
TRANSFORMS = QoSProfile(
    history=HistoryPolicy.KEEP_LAST, depth=100, reliability=ReliabilityPolicy.RELIABLE
)
"""What tf2_ros.TransformBroadcaster uses on /tf."""
OVERRIDES = QoSOverridingOptions.with_default_policies()
"""Makes `qos_overrides.<topic>.<publisher|subscription>.<depth|history|reliability>` parameters."""
