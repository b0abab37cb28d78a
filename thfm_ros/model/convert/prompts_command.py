# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`thfm prompts`: the text states of the task prompts, computed once by a local encoder."""

from __future__ import annotations

import argparse
from pathlib import Path

from thfm_ros.model.convert.errors import one_line_errors


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Register `thfm prompts`."""
    parser = subparsers.add_parser("prompts", help="compute the text states of the task prompts")
    parser.add_argument("--text-encoder", required=True, help="local UMT5 directory")
    parser.add_argument("--tokenizer", help="local tokenizer directory, if not beside the encoder")
    parser.add_argument("--out", required=True, type=Path, help="checkpoint to write into")
    parser.set_defaults(func=one_line_errors(_prompts))


def _prompts(args: argparse.Namespace) -> int:
    from thfm_ros.model.convert.prompts import encode_prompts, write_prompts
    from thfm_ros.tasks import NEUTRAL_PROMPT, TASKS

    texts = list(dict.fromkeys([NEUTRAL_PROMPT, *(task.prompt for task in TASKS.values())]))
    write_prompts(encode_prompts(texts, args.text_encoder, args.tokenizer), args.out)
    print(f"{len(texts)} prompts written to {args.out}")
    return 0
