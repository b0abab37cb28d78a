# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The scripts of examples/ as users start them, fed with made-up messages over DDS."""

import sys
import time
from pathlib import Path

import numpy as np
import pytest
from std_msgs.msg import Header

from thfm_ros.msg import Keypoints3D, Person3D
from thfm_ros.nodes.messages import stamp_message

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


@pytest.fixture(scope="session")
def examples():
    return EXAMPLES


@pytest.fixture(scope="module")
def start_example(process, tmp_path_factory):
    """Start a script of examples/ with arguments."""
    started = []

    def start_example(name, *arguments):
        log = tmp_path_factory.mktemp("examples") / f"{name}.log"
        started.append(process([sys.executable, str(EXAMPLES / name), *arguments], log))
        return started[-1]

    yield start_example
    for script in started:
        script.end()
        # A signal just as rclpy makes its wait set is a traceback in any node that only spins.
        if "the given context is not valid" in script.text():
            script.log.write_text("")


@pytest.fixture(scope="session")
def person():
    """Make a person whose hips are at root, metres; keywords change fields of the message."""

    def person(root=(0.0, 0.0, 2.0), id_="anna", **changes):
        nothing = np.full(33, np.nan, np.float32)
        names = [f"{prefix}{axis}" for prefix in ("", "relative_") for axis in "xyz"]
        made = Person3D(id=id_, score=0.9, track_state=Person3D.TRACKED)
        for name in (*names, "sigma", "confidence"):
            setattr(made, name, nothing)
        made.state = np.ones(33, np.uint8)
        made.root.x, made.root.y, made.root.z = map(float, root)
        for name, value in changes.items():
            setattr(made, name, value)
        return made

    return person


@pytest.fixture(scope="session")
def people():
    """Make a Keypoints3D of persons, of now unless a stamp in nanoseconds is given."""

    def people(*persons, stamp_ns=None):
        stamp = stamp_message(stamp_ns or time.time_ns())
        header = Header(stamp=stamp, frame_id="camera_optical_frame")
        return Keypoints3D(header=header, persons=list(persons))

    return people
