# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A CPU renderer in numba: z-buffer, shadows, materials, and the truth from the same buffers."""
