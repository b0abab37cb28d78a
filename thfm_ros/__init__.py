# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One model for everything about the people in front of a robot's camera."""

from pkgutil import extend_path

# thfm_ros.msg is generated at build time into the installed copy of this package. A checkout that
# shadows that copy (pytest in the source folder) finds the messages through this line.
__path__ = extend_path(__path__, __name__)
__version__ = "0.2.0"
