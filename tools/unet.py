# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The baseline: a plain U-Net on the nano's clips, targets, losses and augmentation.

python tools/unet.py --data clips/train --test clips/val --json docs/data/unet.json

It paints all four dense tasks in one pass and marks 2D landmarks in heat maps; single frames, no
prompts, no 3D. One thread, or one in each process of `torchrun`; what it scores is written once a
third of the time is over, and again. With `--cpu-seconds 0` it only scores `--weights`.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from accelerate import Accelerator
from safetensors.torch import load_file, save_file
from torch import nn

from thfm_ros import skeleton
from thfm_ros.camera import Resize
from thfm_ros.clips.clip import Clip
from thfm_ros.clips.folder import ShardFolder
from thfm_ros.clips.shards import read_clips
from thfm_ros.evaluation.benchmark.machine import describe_machine
from thfm_ros.evaluation.clips import Prediction, score_predictions
from thfm_ros.model.presets import preset
from thfm_ros.region import camera_from_region
from thfm_ros.tasks.layout import BODY
from thfm_ros.training.objective import LossWeights, dense_loss
from thfm_ros.training.samples import Batch
from thfm_ros.training.settings import Phase
from thfm_ros.training.source import BatchSource

TASKS = tuple(preset("nano").dense_tasks.values())
RATE, WARMUP_STEPS, DECAY_SHARE, HEAT_MAP_WEIGHT = 2e-3, 100, 0.2, 60.0
_WIDTHS = (24, 48, 96, 144, 192)
_HEAT_STRIDE = 4
METRICS = (
    "mask_iou",
    "normals_mean_deg",
    "depth_absrel",
    "dense_pose_error",
    "pck_0_1",
    "pck_0_2",
    "accel_boxes_s2",
)


class Block(nn.Module):
    """Two 3x3 convolutions with batch norm around a shortcut."""

    def __init__(self, inner: int, outer: int, stride: int = 1) -> None:
        super().__init__()
        self.first = nn.Conv2d(inner, outer, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(outer)
        self.second = nn.Conv2d(outer, outer, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(outer)
        self.shortcut = nn.Conv2d(inner, outer, 1, stride, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        hidden = F.relu(self.first_norm(self.first(x)))
        return F.relu(self.second_norm(self.second(hidden)) + self.shortcut(x))


class UNet(nn.Module):
    """RGB [B, 3, H, W] -> painted tasks [B, 12, H, W] and heat maps [B, 33, H/4, W/4]."""

    def __init__(self) -> None:
        super().__init__()
        a, b, c, d, e = _WIDTHS
        self.stem = nn.Conv2d(3, a, 3, 2, 1)
        self.down = nn.ModuleList([Block(a, b, 2), Block(b, c, 2), Block(c, d, 2), Block(d, e, 2)])
        self.up = nn.ModuleList([Block(e + d, d), Block(d + c, c), Block(c + b, b)])
        self.paint = nn.Conv2d(b, 3 * len(TASKS) * _HEAT_STRIDE**2, 1)
        self.mark = nn.Conv2d(b, skeleton.COUNT, 1)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        levels = [F.relu(self.stem(x))]
        for block in self.down:
            levels.append(block(levels[-1]))
        x = levels.pop()
        for block in self.up:
            skipped = levels.pop()
            x = block(torch.cat([F.interpolate(x, skipped.shape[2:]), skipped], 1))
        return F.pixel_shuffle(self.paint(x), _HEAT_STRIDE), self.mark(x)


def loss_of(net: nn.Module, batch: Batch) -> torch.Tensor:
    """The nano's dense losses, and the squared error of the heat maps."""
    painted, heat = net(batch.video[:, :, 0].contiguous(memory_format=torch.channels_last))
    weights = LossWeights()
    dense = sum(
        dense_loss(task, rgb.unsqueeze(2), batch.target(task), weights)
        for task, rgb in zip(TASKS, painted.chunk(len(TASKS), 1), strict=True)
    )
    goal = gaussians(batch.image_points[:, 0], heat.shape[2:])
    marked = batch.labelled[:, 0] > 0
    return dense + HEAT_MAP_WEIGHT * ((heat - goal) ** 2)[marked].mean()


def gaussians(points: torch.Tensor, shape: tuple[int, int]) -> torch.Tensor:
    """Draw points [B, 33, 2] in -1..1 as Gaussians of about one cell on a grid."""
    y, x = (torch.linspace(-1 + 1 / n, 1 - 1 / n, n) for n in shape)
    across = (points[..., 0, None, None] - x) * shape[1] / 2
    down = (points[..., 1, None, None] - y[:, None]) * shape[0] / 2
    return torch.exp(-(across**2 + down**2) / 2)


@torch.inference_mode()
def predict(net: UNet, clip: Clip, size: tuple[int, int]) -> Prediction:
    """Predict every frame of a clip alone, at the clip's own size."""
    whole = Resize(clip.rgb.shape[2:0:-1], size)
    images = np.stack([whole.image_to_target(image) for image in clip.rgb])
    painted, heat = net(torch.from_numpy(images).permute(0, 3, 1, 2) / 127.5 - 1)
    dense, rotation = {}, camera_from_region(whole, clip.camera)
    for task, rgb in zip(TASKS, painted.chunk(len(TASKS), 1), strict=True):
        values = [whole.map_to_source(v) for v in task.read_map(rgb.transpose(0, 1)).numpy()]
        dense[task.name] = np.stack(
            [v @ rotation.T for v in values] if task.is_direction else values
        )
    body = np.zeros((len(images), BODY.rows, BODY.columns), np.float32)
    pixels = (peaks(heat).numpy() + 0.5) * _HEAT_STRIDE - 0.5
    BODY.image_points(body)[:] = whole.pixels_to_source(pixels)
    return Prediction(dense, body)


def peaks(heat: torch.Tensor) -> torch.Tensor:
    """Return column and row [B, K, 2] of heat maps' peaks: the centroid around the highest cell."""
    height, width = heat.shape[2:]
    best = heat.flatten(2).argmax(-1)[..., None, None]
    rows, columns = torch.arange(height)[:, None], torch.arange(width)
    near = ((rows - best // width).abs() <= 1) & ((columns - best % width).abs() <= 1)
    weight = heat.clamp(min=1e-6) * near
    weight = weight / weight.sum((2, 3), keepdim=True)
    return torch.stack([(weight * columns).sum((2, 3)), (weight * rows).sum((2, 3))], -1)


def score(net: UNet, folder: ShardFolder, clips: int, size: tuple[int, int]) -> dict[str, float]:
    """Return what `thfm evaluate clips` would say, as far as a U-Net has it."""
    net.eval()
    pairs = ((predict(net, clip, size), clip) for clip in islice(read_clips(folder.shards), clips))
    table = score_predictions(pairs, preset("nano").depth)
    net.train()
    return {name: round(table[name], 5) for name in METRICS}


def train(
    net: UNet,
    source: BatchSource,
    phases: list[Phase],
    seconds: float,
    accelerator: Accelerator,
    on_third: Callable[[int, int, float], None],
) -> None:
    """Train for so many CPU seconds of all processes, decaying at the end.

    phases:   one after another, each for an equal share of the time
    on_third: told the steps, images and CPU seconds, at every third of the time
    """
    model, optimiser = accelerator.prepare(
        net, torch.optim.AdamW(net.parameters(), RATE, weight_decay=1e-2)
    )
    rng = np.random.default_rng(accelerator.process_index)
    spent, thirds, steps, images = 0.0, 0, 0, 0
    while spent < seconds:
        begin = time.process_time()
        left = (1 - spent / seconds) / DECAY_SHARE
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(1.0, (steps + 1) / WARMUP_STEPS, left)
        phase = phases[int(len(phases) * spent / seconds)]
        loss = loss_of(model, source.draw(phase, rng))
        optimiser.zero_grad()
        accelerator.backward(loss)
        accelerator.clip_grad_norm_(model.parameters(), 2.0)
        optimiser.step()
        steps, images = steps + 1, images + phase.batch * accelerator.num_processes
        spent += float(accelerator.reduce(torch.tensor(time.process_time() - begin)))
        if spent * 3 >= (thirds + 1) * seconds:
            thirds += 1
            if accelerator.is_main_process:
                on_third(steps, images, spent)


def main() -> None:
    """Train, score, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, nargs="+", type=Path, help="training shards")
    parser.add_argument("--test", required=True, type=Path, help="folder of shards to score")
    parser.add_argument("--clips", type=int, default=100, help="how many of them")
    parser.add_argument("--cpu-seconds", type=float, default=1200, help="of all processes together")
    parser.add_argument(
        "--size",
        type=int,
        nargs=2,
        action="append",
        metavar=("W", "H"),
        help="of the pictures; given again: for the next equal share of the time (128 96)",
    )
    parser.add_argument("--batch", type=int, default=16, help="pictures per process and step")
    parser.add_argument("--bf16", action="store_true", help="multiply in bfloat16")
    parser.add_argument(
        "--weights", type=Path, help="safetensors to keep them in, and to go on from"
    )
    parser.add_argument("--json", required=True, type=Path)
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    accelerator = Accelerator(cpu=True, mixed_precision="bf16" if args.bf16 else "no")
    sizes, test = [tuple(size) for size in args.size or [(128, 96)]], ShardFolder(args.test)
    phases = [Phase(1, size, batch=args.batch) for size in sizes]
    source = BatchSource([ShardFolder(folder) for folder in args.data], tuple(phases))
    net = UNet().to(memory_format=torch.channels_last)
    if args.weights and args.weights.exists():
        net.load_state_dict(load_file(args.weights))
    curve = []

    def note(steps: int, images: int, spent: float) -> None:
        if args.weights:
            save_file({name: w.contiguous() for name, w in net.state_dict().items()}, args.weights)
        row = {"steps": steps, "images": images, "cpu_seconds": round(spent)}
        curve.append({**row, **score(net, test, args.clips, sizes[-1])})
        print(curve[-1], flush=True)

    train(net, source, phases, args.cpu_seconds, accelerator, note)
    if not accelerator.is_main_process:
        return
    if not curve:
        note(0, 0, 0.0)
    report = {
        "parameters": sum(p.numel() for p in net.parameters()),
        "sizes": sizes,
        "bf16": args.bf16,
        "processes": accelerator.num_processes,
        "clips": args.clips,
        "test": test.directory.name,
        "data": source.description(),
        "curve": curve,
        "machine": describe_machine(),
    }
    for folder in report["data"]:
        folder["folder"] = Path(folder["folder"]).name
    args.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
