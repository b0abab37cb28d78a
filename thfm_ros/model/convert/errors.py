# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a user sees when files cannot be converted: one line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable


class ConversionError(ValueError):
    """Weights that cannot be converted; the message names the file and the keys."""


def one_line_errors(
    command: Callable[[argparse.Namespace], int],
) -> Callable[[argparse.Namespace], int]:
    """Turn an error in a user's files into one line and exit code 1."""

    def run(args: argparse.Namespace) -> int:
        from thfm_ros.model.checkpoint import CheckpointError

        try:
            return command(args)
        except (CheckpointError, ConversionError, OSError) as error:
            print(f"thfm: {error}", file=sys.stderr)
            return 1

    return run
