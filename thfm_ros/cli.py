# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The `thfm` command: a table of sub-commands, each of which lives in a module of its own."""

from __future__ import annotations

import argparse
import importlib
import sys

COMMANDS = {
    "demo": ("thfm_ros.demo", "play a video through the ROS nodes and record everything"),
    "run": ("thfm_ros.runtime.commands", "perceive a video without ROS"),
    "synth": ("thfm_ros.synth.commands", "make synthetic people to train on"),
    "convert": ("thfm_ros.model.convert.commands", "convert public weights to a checkpoint"),
    "prompts": ("thfm_ros.model.convert.prompts_command", "compute prompt states, once"),
    "evaluate": ("thfm_ros.evaluation.commands", "compare a checkpoint with ground truth"),
    "bench": ("thfm_ros.evaluation.benchmark.commands", "measure speed and memory here"),
    "doctor": ("thfm_ros.doctor", "say what is wrong here, and what to do"),
    "train": ("thfm_ros.training.commands", "train a model on synthetic people"),
}
"""Name: the module whose `add_parser(subparsers)` sets `func`, and what --help says."""


def main(args: list[str] | None = None) -> int:
    """Run `thfm NAME ...`; only the named command's module is imported. Ctrl-C ends it with 130."""
    try:
        return _run(args)
    except KeyboardInterrupt:
        print("thfm: interrupted", file=sys.stderr)
        return 130


def _run(args: list[str] | None) -> int:
    args = sys.argv[1:] if args is None else args
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A locale that lacks a letter must not end a run.
            stream.reconfigure(errors="backslashreplace")
    parser = argparse.ArgumentParser(
        prog="thfm", description="One model for everything about the people a camera sees."
    )
    subparsers = parser.add_subparsers(metavar="command", required=True)
    for name, (module, text) in COMMANDS.items():
        if args and args[0] == name:
            importlib.import_module(module).add_parser(subparsers)
        else:
            subparsers.add_parser(name, help=text, add_help=False)
    parsed = parser.parse_args(args)
    return parsed.func(parsed)


if __name__ == "__main__":
    sys.exit(main())
