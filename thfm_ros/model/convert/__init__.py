# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Public weights into checkpoints of ours: GenCeption, Wan2.1, TAEHV. Local files only."""
