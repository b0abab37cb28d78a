# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The `thfm` command: a table of sub-commands, each of which lives in a module of its own."""

from __future__ import annotations

import argparse
import importlib
import os
import sys

from thfm_ros.options import did_you_mean

GROUPS = {
    "see it work": {
        "demo": ("thfm_ros.demo", "play a video through the ROS nodes and record everything"),
        "view": ("thfm_ros.view", "watch a running node live in the browser"),
        "run": ("thfm_ros.runtime.commands", "perceive a video without ROS"),
        "doctor": ("thfm_ros.doctor", "say what is wrong here, and what to do"),
    },
    "judge it": {
        "evaluate": ("thfm_ros.evaluation.commands", "compare a checkpoint with ground truth"),
        "bench": ("thfm_ros.evaluation.benchmark.commands", "measure speed and memory here"),
    },
    "make a model": {
        "synth": ("thfm_ros.synth.commands", "make synthetic people to train on"),
        "train": ("thfm_ros.training.commands", "train a model on synthetic people"),
        "convert": ("thfm_ros.model.convert.commands", "convert public weights to a checkpoint"),
        "prompts": ("thfm_ros.model.convert.prompts_command", "compute prompt states, once"),
    },
}
"""Of each group, name: the module whose `add_parser(subparsers)` sets `func`, and what it does."""
COMMANDS = {name: entry for group in GROUPS.values() for name, entry in group.items()}

_DESCRIPTION = "One model for everything about the people a camera sees."
_EPILOG = """examples:
  thfm demo                                    a real video through real nodes
  thfm run walk.mp4 --out walk                 skeletons and maps of a video
  thfm evaluate bag BAG --html out.html        how good it is on your recording
  thfm doctor                                  when something is wrong
  thfm COMMAND --help                          the options of a command

exit status: 0 done, 1 it failed and one line says why, 2 the command line is wrong,
3 done in part (evaluate), 130 interrupted

completion: eval "$(register-python-argcomplete thfm)"   (pip install argcomplete)
"""
_COMPLETING = "_ARGCOMPLETE"
"""Set by argcomplete's shell function while it asks what may follow."""


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
    completing = _COMPLETING in os.environ
    words = os.environ.get("COMP_LINE", "").split()[1:] if completing else args
    parser = _parser(words[0] if words else "")
    if completing:
        import argcomplete

        argcomplete.autocomplete(parser)
    if args and not args[0].startswith("-") and args[0] not in COMMANDS:
        parser.error(f"{did_you_mean(args[0], COMMANDS)}; `thfm --help` lists the commands")
    parsed = parser.parse_args(args)
    return parsed.func(parsed)


def _parser(command: str) -> argparse.ArgumentParser:
    """Return the parser, complete for one command only: the others' modules stay unread."""
    parser = argparse.ArgumentParser(
        prog="thfm",
        usage="thfm COMMAND [options]",
        description=f"{_DESCRIPTION}\n\n{_overview()}",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    # The groups are in the description; argparse itself cannot group commands.
    subparsers = parser.add_subparsers(
        metavar="command", required=True, prog="thfm", help=argparse.SUPPRESS
    )
    for name, (module, _) in COMMANDS.items():
        if name == command:
            importlib.import_module(module).add_parser(subparsers)
        else:
            subparsers.add_parser(name, add_help=False)
    return parser


def _overview() -> str:
    lines = []
    for title, commands in GROUPS.items():
        lines.append(f"{title}:")
        lines += [f"  {name:10}{text}" for name, (_, text) in commands.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
