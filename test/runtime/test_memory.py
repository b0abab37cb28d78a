# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import platform
import subprocess
import sys

import pytest

FRAMES = """
import resource
import numpy as np
from thfm_ros.runtime.memory import keep_freed_memory

def frame():
    return [np.ones((480, 640, 3), np.float32) for _ in range(4)]

assert not {keep} or keep_freed_memory()
for _ in range(3):
    frame()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    frame()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(keep):
    """Count page faults of ten frames, in a process of its own: malloc stays as it was told."""
    run = subprocess.run(
        [sys.executable, "-c", FRAMES.format(keep=keep)], capture_output=True, text=True, check=True
    )
    return int(run.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="mallopt is glibc's")
def test_a_frames_maps_take_the_pages_of_the_one_before():
    assert faults(keep=True) < 100 < faults(keep=False)
