# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`thfm train`: one sub-command per stage, all with the same arguments."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path

_STAGES = {
    "codec": "the codec alone, on pictures and painted targets",
    "latent": "first stage: match target latents",
    "ambient": "second stage: task losses in pixels, through the decoder",
    "tokens": "landmarks only, everything dense frozen",
}


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Register `thfm train`."""
    parser = subparsers.add_parser("train", help="train a model on synthetic people")
    stages = parser.add_subparsers(dest="stage", required=True, metavar="stage")
    for name, text in _STAGES.items():
        stage = stages.add_parser(name, help=text, description=text)
        stage.add_argument("--config", required=True, help="settings, see config/train/*.yaml")
        stage.add_argument(
            "--data", required=True, nargs="+", help="folders of shards from `thfm synth clips`"
        )
        stage.add_argument("--out", required=True, type=Path, help="where the run's files go")
        stage.add_argument("--start", default="", help="checkpoint to start from instead of preset")
        if name == "codec":
            stage.add_argument("--teacher", default="", help="diffusers VAE to learn from")
        stage.add_argument("--resume", action="store_true", help="go on from OUT/state")
        stage.add_argument("--minutes", type=float, help="stop after so long; --resume goes on")
        stage.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Train one stage; an error in settings or data is one line."""
    from thfm_ros.clips.folder import ShardFolder
    from thfm_ros.training.settings import load_settings
    from thfm_ros.training.trainer import Trainer

    try:
        settings = load_settings(args.config)
        given = {n: getattr(args, n, "") for n in ("start", "teacher")}
        settings = dataclasses.replace(settings, **{n: v for n, v in given.items() if v})
        folders = [ShardFolder(path) for path in args.data]
        trainer = Trainer(settings, args.stage, folders, args.out)
    except (OSError, ValueError) as error:
        print(f"thfm train: {error}", file=sys.stderr)
        return 1
    trainer.run(args.resume, None if args.minutes is None else 60 * args.minutes)
    print(f"model in {trainer.out / 'model'}, state in {trainer.out / 'state'}")
    return 0
