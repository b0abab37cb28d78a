# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Numbers one can trust: metrics with their sources, on clips, bags and public data sets."""
