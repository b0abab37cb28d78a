# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`thfm evaluate`: a checkpoint against clips and recordings."""

from __future__ import annotations

import argparse


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Register `thfm evaluate`."""
    from thfm_ros.evaluation import (
        bag_command,
        clips_command,
        compare_command,
        dataset_command,
        fleet_command,
        metric_command,
    )

    parser = subparsers.add_parser("evaluate", help="compare a checkpoint with ground truth")
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="kind")
    clips_command.add_parser(kinds)
    bag_command.add_parser(kinds)
    fleet_command.add_parser(kinds)
    dataset_command.add_parser(kinds)
    metric_command.add_parser(kinds)
    compare_command.add_parser(kinds)
