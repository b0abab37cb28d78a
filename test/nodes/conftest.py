# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest
import rclpy


@pytest.fixture
def context():
    """rclpy, initialised for one test."""
    rclpy.init()
    yield
    rclpy.try_shutdown()
