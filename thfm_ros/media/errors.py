# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What goes wrong with sources of frames."""

from __future__ import annotations


class SourceError(ValueError):
    """A source that cannot be read; the text names it and the reason."""
