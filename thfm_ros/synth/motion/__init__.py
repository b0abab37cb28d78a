# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Motion: clips from files or made up, all as rotations of the same fifteen segments."""
