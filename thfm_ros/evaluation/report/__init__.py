# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What an evaluation leaves behind: a JSON document, a page to look at, a gate for CI."""
