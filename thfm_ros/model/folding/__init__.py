# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The transformer with its constants folded into the weights: exact, and half the operations."""
