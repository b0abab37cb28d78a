# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""ROS in tests: a domain of their own, nothing leaves this machine, large images fit."""

import os
import sys
from pathlib import Path

from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]

os.environ["ROS_DOMAIN_ID"] = str(101 + os.getpid() % 100)
os.environ["FASTDDS_DEFAULT_PROFILES_FILE"] = str(ROOT / "config" / "fastdds_loopback.xml")
# A pip-installed package is found by ament only through this; colcon's setup files set it.
os.environ.setdefault("AMENT_PREFIX_PATH", sys.prefix)
# How long an example takes says how busy the machine is; test_fuzz sets a limit of its own.
settings.register_profile("any_machine", deadline=None)
settings.load_profile("any_machine")
