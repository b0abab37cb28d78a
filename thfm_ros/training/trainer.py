# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The training loop, on Hugging Face Accelerate: one CPU, many GPUs or many nodes alike.

Batches are a function of (seed, step, process), so a resumed run sees exactly the clips that an
uninterrupted one would have seen.
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from accelerate.utils import DistributedDataParallelKwargs, broadcast
from diffusers.training_utils import EMAModel

from thfm_ros.clips.folder import ShardFolder
from thfm_ros.cpu import has_fast_bfloat16
from thfm_ros.model.checkpoint import save_checkpoint
from thfm_ros.model.thfm import Thfm
from thfm_ros.training import sharding
from thfm_ros.training.log import TrainingLog
from thfm_ros.training.muon import MuonAdamW
from thfm_ros.training.pictures import draw_grid
from thfm_ros.training.settings import Optimiser, TrainingSettings
from thfm_ros.training.source import BatchSource
from thfm_ros.training.stages import Stage, draw_tasks
from thfm_ros.training.start import load_teacher, starting_model

STATE = "state"
MODEL = "model"


class Trainer:
    """One run of one stage.

    Under `out`: settings.yaml, data.json, metrics.jsonl, tensorboard/, state/ (to resume), model/
    (averaged weights, a checkpoint).
    """

    def __init__(
        self, settings: TrainingSettings, stage: str, folders: list[ShardFolder], out: Path
    ) -> None:
        self.settings = settings
        self.out = out
        # A step that draws some of the tasks leaves the other prompts without a gradient.
        unused = DistributedDataParallelKwargs(find_unused_parameters=True)
        self.accelerator = Accelerator(mixed_precision="no", kwargs_handlers=[unused])
        self.sharded = sharding.is_sharded(self.accelerator)
        torch.manual_seed(settings.seed)
        model = starting_model(settings)
        self.source = BatchSource(folders, settings.phases, model.config.dense_tasks)
        dtype = product_type(settings.precision, self.accelerator.device)
        if self.sharded:
            sharding.check(self.accelerator.state.fsdp_plugin, settings, model)
        else:
            # Shards are slices of contiguous weights.
            model.codec.to(memory_format=torch.channels_last)
        teacher = None
        if settings.teacher:
            teacher = load_teacher(settings.teacher).to(self.accelerator.device)
        self.stage = Stage(
            model,
            stage,
            settings.loss,
            settings.train_codec,
            settings.train_prior,
            dtype,
            teacher,
            settings.recompute,
        )
        optimiser = build_optimiser(model, settings.optimiser)
        self.wrapped, self.optimiser = self.accelerator.prepare(self.stage, optimiser)
        trained = [p for p in model.parameters() if p.requires_grad]
        self.ema = EMAModel(
            trained, decay=settings.optimiser.ema, use_ema_warmup=True, power=3 / 4, foreach=True
        )
        if self.sharded:
            sharding.reduce_unused(self.wrapped)
            sharding.save_average_with_state(self.accelerator, self.ema)
        else:
            self.accelerator.register_for_checkpointing(self.ema)
        self.log = TrainingLog(out, settings.steps, self.accelerator.is_main_process)
        self.step = 0
        self.dropped = 0

    def run(self, resume: bool, seconds: float | None = None) -> None:
        """Train to the last step, or until the time is up; state and model are saved either way."""
        if resume:
            self._load_state()
        if self.accelerator.is_main_process:
            self._describe()
        end = None if seconds is None else time.monotonic() + seconds
        while self.step < self.settings.steps and not self._is_over(end):
            terms = self._train_step()
            self.step += 1
            self.log.add(self.step, terms, self.dropped)
            if self.step % self.settings.save_every == 0 and self.step < self.settings.steps:
                self.save()
        self.save()

    def save(self) -> None:
        """Write the state to resume from, and the averaged weights as a checkpoint."""
        self.accelerator.wait_for_everyone()
        self.accelerator.save_state(str(self.out / STATE))
        if self.accelerator.is_main_process:
            (self.out / STATE / "step.json").write_text(json.dumps({"step": self.step}))
        if self.sharded:
            model = sharding.gather_average(self.accelerator, self.stage.model, self.ema)
            if model is not None:
                self._save_model(model)
        elif self.accelerator.is_main_process:
            with self._averaged():
                self._save_model(self.stage.model)

    def _save_model(self, model: Thfm) -> None:
        """Write a model as a checkpoint, and show what it makes of some clips."""
        self._say_what_was_trained(model)
        save_checkpoint(model, self.out / MODEL)
        if self.stage.name == "codec":
            return
        shown = self.source.examples(self.settings.phase_at(self.step - 1))
        if shown is not None:
            self.log.picture(self.step, draw_grid(model, shown.to(self.accelerator.device)))

    def _say_what_was_trained(self, model: Thfm) -> None:
        """Let the checkpoint's config name the input that the newest steps were trained for."""
        phase = self.settings.phase_at(max(0, self.step - 1))
        model.config = dataclasses.replace(
            model.config,
            size=phase.size,
            frames=phase.frames,
            portrait=model.config.portrait or phase.portrait > 0,
            trained=model.config.trained or self.stage.name != "codec",
        )

    def _train_step(self) -> dict[str, torch.Tensor]:
        phase = self.settings.phase_at(self.step)
        if self.step and phase.frames > 1 and self.settings.phase_at(self.step - 1).frames == 1:
            self._inflate()
        rng = np.random.default_rng([self.settings.seed, self.step, self.accelerator.process_index])
        batch = self.source.draw(phase, rng).to(self.accelerator.device)
        tasks = draw_tasks(self.stage.dense_tasks, phase.tasks, rng)
        rate = self.settings.optimiser.rate_at(self.step, self.settings.steps)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        loss, terms = self.wrapped(batch, tasks)
        self.accelerator.backward(loss)
        norm = sharding.whole(
            self.accelerator.clip_grad_norm_(
                self.wrapped.parameters(), self.settings.optimiser.clip
            )
        )
        if torch.isfinite(norm) and norm <= self.settings.optimiser.drop:
            self.optimiser.step()
            self.ema.step([p for p in self.stage.model.parameters() if p.requires_grad])
        else:
            self.dropped += 1
        self.optimiser.zero_grad()
        return {
            "loss": loss.detach(),
            "gradient": norm,
            **{k: v.detach() for k, v in terms.items()},
        }

    def _inflate(self) -> None:
        """Spread what images learned to clips, in the weights and in their average."""
        if self.sharded:
            return  # sharding.check let pass only models that have nothing to spread.
        with self._averaged() as trained:
            self.stage.model.inflate()
            for average, parameter in zip(self.ema.shadow_params, trained, strict=True):
                average.copy_(parameter.detach())
        self.stage.model.inflate()

    @contextmanager
    def _averaged(self) -> Iterator[list[torch.nn.Parameter]]:
        """Let the model hold its averaged weights for a while."""
        trained = [p for p in self.stage.model.parameters() if p.requires_grad]
        self.ema.store(trained)
        self.ema.copy_to(trained)
        try:
            yield trained
        finally:
            self.ema.restore(trained)

    def _load_state(self) -> None:
        path = self.out / STATE / "step.json"
        if not path.is_file():
            raise ValueError(f"{self.out} holds no state to resume; start without --resume")
        self.accelerator.load_state(str(self.out / STATE))
        if not self.sharded:
            # Accelerate loads what it does not know of onto the CPU.
            self.ema.to(self.accelerator.device)
        self.step = json.loads(path.read_text())["step"]

    def _describe(self) -> None:
        self.out.mkdir(parents=True, exist_ok=True)
        (self.out / "settings.yaml").write_text(self.settings.to_yaml())
        data = self.source.description()
        (self.out / "data.json").write_text(json.dumps(data, indent=2) + "\n")
        # A launcher that started fewer processes than was meant trains on, half as fast.
        processes, device = self.accelerator.num_processes, self.accelerator.device.type
        products = str(self.stage.dtype).removeprefix("torch.")
        print(f"processes: {processes}, each on {device}; products in {products}", flush=True)

    def _is_over(self, end: float | None) -> bool:
        """Return whether the time is up on the main process's clock: all have to stop at once."""
        if end is None:
            return False
        over = torch.tensor(time.monotonic() >= end, device=self.accelerator.device)
        return bool(broadcast(over))


def build_optimiser(model: Thfm, settings: Optimiser) -> torch.optim.Optimizer:
    """Build the optimiser of a model's trainable parameters."""
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    arguments = {
        "lr": settings.rate,
        "betas": settings.betas,
        "weight_decay": settings.weight_decay,
        "fused": True,
    }
    if settings.kind == "muon":
        return MuonAdamW(named, **arguments)
    return torch.optim.AdamW([p for _, p in named], **arguments)


def product_type(precision: str, device: torch.device) -> torch.dtype:
    """Return the type of matrix products; weights and averages stay float32."""
    native = device.type == "cuda" or has_fast_bfloat16()
    bfloat16 = precision == "bf16" or (precision == "auto" and native)
    return torch.bfloat16 if bfloat16 else torch.float32
