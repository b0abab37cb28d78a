# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The ROS side: the only part of thfm_ros that imports rclpy and messages."""
