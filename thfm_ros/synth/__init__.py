# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Synthetic people: clips as a robot sees them, with exact ground truth."""
