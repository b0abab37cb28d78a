# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From perceptions and ground truth to a table: per frame, and over a recording."""
