# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`thfm view`: the live page of a running perception_node, in the browser."""

from __future__ import annotations

import argparse
import os
import sys

from thfm_ros.processes import parameter_arguments


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Register `thfm view`."""
    parser = subparsers.add_parser("view", help="watch a running node in the browser")
    parser.add_argument("--namespace", default="/thfm", help="of perception_node")
    parser.add_argument("--node", default="perception", help="name of perception_node")
    parser.add_argument("--port", type=int, default=9090, help="of the page; data is on the next")
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to serve on; the page shows camera pixels"
    )
    parser.add_argument("--max-rate", type=float, default=5.0, help="pictures a second")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Become viewer_node, so that Ctrl-C ends it as it ends a node."""
    values = {
        "node_name": args.node,
        "host": args.host,
        "port": args.port,
        "max_rate": args.max_rate,
    }
    words = ["--ros-args", "-r", f"__ns:={args.namespace}", *parameter_arguments(values)]
    command = [sys.executable, "-m", "thfm_ros.nodes.viewer_node", *words]
    sys.stdout.flush()
    os.execv(sys.executable, command)
