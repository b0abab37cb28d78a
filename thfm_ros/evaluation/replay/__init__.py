# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A recording and what is known about it, frame by frame, through everybody who perceives it."""
