# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the network is shown: crops, the second look, rotated cameras, and maps in the image."""
