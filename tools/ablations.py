# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Train and score the variants of tools/ablations.yaml, into one JSON.

python tools/ablations.py --data clips/train --test clips/val --out runs/ablations \
    --json docs/data/ablations.json [--only NAME ...]

A variant that is in the JSON already is left alone, so that a run can be taken up again.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import torch
import yaml

from thfm_ros.evaluation.clips_command import Job, score_folder
from thfm_ros.training.settings import TrainingSettings, read_settings
from thfm_ros.training.shards import ShardFolder
from thfm_ros.training.trainer import MODEL, Trainer

PLAN = Path(__file__).with_suffix(".yaml")


def main() -> None:
    """Run what is missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, type=Path, help="folder of training shards")
    parser.add_argument("--test", required=True, type=Path, help="folder of shards to score")
    parser.add_argument("--clips", type=int, default=100, help="how many of them")
    parser.add_argument("--out", required=True, type=Path, help="where the runs' files go")
    parser.add_argument("--json", required=True, type=Path)
    parser.add_argument("--only", nargs="+", help="names of variants")
    args = parser.parse_args()
    torch.set_num_threads(1)
    plan = yaml.safe_load(PLAN.read_text())
    figures = json.loads(args.json.read_text()) if args.json.is_file() else {}
    for name, runs in plan["variants"].items():
        if name in figures or (args.only and name not in args.only):
            continue
        model, cost = train_variant(plan["base"], runs, args.data, args.out / name)
        table = score_folder(args.test, Job(model, args.clips, cost.pop("frames"), threads=1))
        figures[name] = {**cost, **table}
        args.json.write_text(json.dumps(figures, indent=2) + "\n")


def train_variant(base: dict, runs: list[dict], data: Path, out: Path) -> tuple[Path, dict]:
    """Train one run after the other; return the last one's checkpoint and what it all cost."""
    images, begin, start = 0, time.process_time(), ""
    for number, run in enumerate(runs):
        changes = {key: value for key, value in run.items() if key not in ("stage", "data_share")}
        settings = merged({**base, "start": start}, changes)
        folder = ShardFolder(data)
        shards = round(run.get("data_share", 1.0) * len(folder.shards))
        folder.keep(shards)
        trainer = Trainer(settings, run["stage"], [folder], out / str(number))
        trainer.run(resume=False)
        start = str(out / str(number) / MODEL)
        images += sum(phase.steps * phase.batch * phase.frames for phase in settings.phases)
    return Path(start), {
        "images": images,
        "cpu_seconds": round(time.process_time() - begin, 1),
        "frames": settings.phases[-1].frames,
    }


def merged(base: dict, changes: dict) -> TrainingSettings:
    """Return settings with nested keys replaced one by one."""
    values = dict(base)
    for name, value in changes.items():
        both = isinstance(value, dict) and isinstance(values.get(name), dict)
        values[name] = {**values[name], **value} if both else value
    return read_settings(values)


if __name__ == "__main__":
    main()
