# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""``python -m thfm_ros.synth clips ...``: the same commands as ``thfm synth``, without the rest."""

from __future__ import annotations

import argparse
import sys

from thfm_ros.synth.commands import add_parser


def main(words: list[str] | None = None) -> int:
    """Run one command; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m thfm_ros")
    add_parser(parser.add_subparsers(dest="command", required=True))
    arguments = parser.parse_args(["synth", *(sys.argv[1:] if words is None else words)])
    return arguments.func(arguments)


if __name__ == "__main__":
    sys.exit(main())
