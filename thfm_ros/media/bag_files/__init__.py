# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The storage files of recordings, one module a format; each reads what it can of a damaged one."""
