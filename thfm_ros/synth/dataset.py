# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Write a data set: seeds to shards, on as many workers as joblib has; a second run goes on."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2

from thfm_ros.clips.shards import write_shard
from thfm_ros.synth.cast import check_look, choose_cast, finish
from thfm_ros.synth.clips import ClipSettings, make_clip
from thfm_ros.synth.cluster import run_all
from thfm_ros.synth.library import load_library
from thfm_ros.synth.splits import check_split


@dataclass(frozen=True)
class DatasetPlan:
    """Which clips a data set holds; the same plan gives the same bytes."""

    split: str
    count: int
    seed: int
    settings: ClipSettings
    pack: Path
    motions: tuple[Path, ...] = ()
    look: str = "people"
    shard_size: int = 64

    def __post_init__(self) -> None:
        check_split(self.split)
        for field in ("count", "shard_size"):
            if getattr(self, field) < 1:
                raise ValueError(
                    f"DatasetPlan.{field} is {getattr(self, field)}, allowed is 1 or more"
                )
        check_look(self.look)

    @property
    def shards(self) -> int:
        """How many shards the plan takes."""
        return -(-self.count // self.shard_size)

    def clips_of(self, shard: int) -> range:
        """The clips of one shard."""
        first = shard * self.shard_size
        return range(first, min(first + self.shard_size, self.count))

    def clip_seed(self, index: int) -> int:
        """The seed of clip `index`: splits never share one."""
        base = zlib.crc32(f"{self.split}-{self.look}-{self.seed}".encode())
        return (base << 24) + index

    def describe(self) -> dict:
        """What plan.json says; paths by their names only."""
        return {
            "split": self.split,
            "count": self.count,
            "seed": self.seed,
            "look": self.look,
            "shard_size": self.shard_size,
            "motions": [folder.name for folder in self.motions],
            **asdict(self.settings),
        }


def make_dataset(
    plan: DatasetPlan,
    out: Path,
    workers: int,
    on_shard: Callable[[str, int], None] = lambda name, clips: None,
    on_start: Callable[[int], None] = lambda clips: None,
) -> int:
    """Write the shards that are missing in `out`; return how many clips were made.

    on_shard: called with a shard's name and clip count as each one is done
    on_start: called with how many clips an earlier run has left
    """
    out.mkdir(parents=True, exist_ok=True)
    _check_same_plan(plan, out)
    missing = [k for k in range(plan.shards) if not shard_path(out, k).exists()]
    on_start(plan.count - sum(len(plan.clips_of(k)) for k in missing))
    for left_over in out.glob("*.partial"):
        left_over.unlink()
    made = 0
    for name, clips in run_all(make_shard, ((plan, out, shard) for shard in missing), workers):
        made += clips
        on_shard(name, clips)
    return made


def make_shard(plan: DatasetPlan, out: Path, shard: int) -> tuple[str, int]:
    """Make one shard; this is what a worker runs."""
    cv2.setNumThreads(1)
    library = load_library(plan.pack, plan.split, plan.motions)
    cast = choose_cast(plan.look, plan.pack)

    def clips():
        for index in plan.clips_of(shard):
            seed = plan.clip_seed(index)
            clip = make_clip(library, seed, plan.settings, cast=cast)
            yield f"{index:08d}", finish(plan.look, clip, library)

    path = shard_path(out, shard)
    return path.name, write_shard(path, clips())


def shard_path(out: Path, shard: int) -> Path:
    """Where shard number `shard` lies."""
    return out / f"shard-{shard:05d}.tar"


def _check_same_plan(plan: DatasetPlan, out: Path) -> None:
    """A folder holds one plan; a larger count of the same plan goes on where it stopped."""
    path, wanted = out / "plan.json", plan.describe()
    if path.exists():
        found = json.loads(path.read_text())
        differing = [
            k for k in wanted if k != "count" and found.get(k) != json.loads(json.dumps(wanted[k]))
        ]
        if differing:
            raise ValueError(
                f"{out} holds another data set: {', '.join(differing)} differ; "
                f"choose another --out or the same settings"
            )
    path.write_text(json.dumps(wanted, indent=1, sort_keys=True) + "\n")
