# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Train and score the runs of tools/ablations.yaml, into one JSON.

python tools/ablations.py --data clips/train --test clips/val --out runs/ablations \
    --json docs/data/ablations.json [--only NAME ...]

A run that is in the JSON already is left alone, so that a plan can be taken up again; one that goes
on from another's weights trains that one first.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path

import torch
import yaml

from thfm_ros.clips.folder import ShardFolder
from thfm_ros.evaluation.clips_command import Job, score_folder
from thfm_ros.training.settings import TrainingSettings, read_settings
from thfm_ros.training.trainer import MODEL, Trainer

PLAN = Path(__file__).with_suffix(".yaml")
OWN_KEYS = ("from", "stage", "data_share", "people_at_most")
"""What a run says beside the settings that it changes."""


@dataclass(frozen=True)
class Bench:
    """Where runs find clips, and where they leave weights and figures.

    clips: how many of the test clips are scored
    """

    data: list[Path]
    test: Path
    clips: int
    out: Path
    json: Path

    def figures(self) -> dict:
        """Return what has been scored so far."""
        return json.loads(self.json.read_text()) if self.json.is_file() else {}

    def model(self, name: str) -> Path:
        """Return where a run's checkpoint lies."""
        return self.out / name / MODEL


def main() -> None:
    """Run what is missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, nargs="+", type=Path, help="training shards")
    parser.add_argument("--test", required=True, type=Path, help="folder of shards to score")
    parser.add_argument("--clips", type=int, default=100, help="how many of them")
    parser.add_argument("--out", required=True, type=Path, help="where the runs' files go")
    parser.add_argument("--json", required=True, type=Path)
    parser.add_argument("--only", nargs="+", help="names of runs")
    args = parser.parse_args()
    torch.set_num_threads(1)
    plan = yaml.safe_load(PLAN.read_text())
    bench = Bench(args.data, args.test, args.clips, args.out, args.json)
    for name in args.only or plan["runs"]:
        run_and_score(name, plan, bench)


def run_and_score(name: str, plan: dict, bench: Bench) -> None:
    """Train and score a run, and before it the one that it goes on from."""
    if name in bench.figures():
        return
    run = plan["runs"][name]
    before = run.get("from")
    if before:
        run_and_score(before, plan, bench)
    cost, frames = train_run(plan["base"], run, bench, name)
    table = score_folder(bench.test, Job(bench.model(name), bench.clips, frames, threads=1))
    figures = bench.figures()
    figures[name] = {"after": before, **cost, **table}
    bench.json.write_text(json.dumps(figures, indent=2) + "\n")


def train_run(base: dict, run: dict, bench: Bench, name: str) -> tuple[dict, int]:
    """Train one run; return what it cost, without the run before it, and its windows' length."""
    changes = {key: value for key, value in run.items() if key not in OWN_KEYS}
    start = str(bench.model(run["from"])) if "from" in run else ""
    settings = merged({**base, "start": start}, changes)
    begin = time.process_time()
    folders = [ShardFolder(folder) for folder in bench.data]
    for folder in folders:
        folder.keep(round(run.get("data_share", 1.0) * len(folder.shards)))
        if "people_at_most" in run:
            folder.keep_people(run["people_at_most"])
    Trainer(settings, run["stage"], folders, bench.out / name).run(resume=False)
    cost = {
        "images": sum(phase.steps * phase.batch * phase.frames for phase in settings.phases),
        "cpu_seconds": round(time.process_time() - begin, 1),
    }
    return cost, settings.phases[-1].frames


def merged(base: dict, changes: dict) -> TrainingSettings:
    """Return settings with nested keys replaced one by one."""
    values = dict(base)
    for name, value in changes.items():
        both = isinstance(value, dict) and isinstance(values.get(name), dict)
        values[name] = {**values[name], **value} if both else value
    return read_settings(values)


if __name__ == "__main__":
    main()
