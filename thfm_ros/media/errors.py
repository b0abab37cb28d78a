# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What goes wrong with sources of frames and with single images."""

from __future__ import annotations


class SourceError(ValueError):
    """A source that cannot be read; the text names it and the reason."""


class ImageError(ValueError):
    """An image that cannot be read; the text is the reason, in words that fit a log line."""
