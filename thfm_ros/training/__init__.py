# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Two-stage training: latent, then through the decoder with task losses in pixels."""
