# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which versions of packages are installed."""

from __future__ import annotations

from importlib import metadata


def installed_version(package: str) -> str:
    """Return the version of an installed distribution, "" where there is none."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""
