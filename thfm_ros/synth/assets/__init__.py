# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The asset pack: baked once from packages that pip, apt and npm install by name."""
