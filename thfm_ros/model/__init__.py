# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""THFM: a Wan video transformer that perceives people in one forward pass."""
