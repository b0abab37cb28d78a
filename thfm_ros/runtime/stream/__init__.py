# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Frames as they come: what is taken, which window they make, when an inference is due."""
