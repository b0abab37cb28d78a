# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The prompts that a checkpoint knows, as text-encoder states: the encoder never runs here."""

from __future__ import annotations

import torch
from torch import nn

from thfm_ros import tasks
from thfm_ros.model.config import ThfmConfig

_RANDOM_LENGTH = 4


class PromptTable(nn.Module):
    """Prompt text -> states [L, text_dim]. Trainable: a small model learns its own states."""

    def __init__(self, states: dict[str, torch.Tensor]) -> None:
        super().__init__()
        self.texts = tuple(states)
        self.states = nn.ParameterList(nn.Parameter(value) for value in states.values())

    @classmethod
    def random(cls, texts: tuple[str, ...], dim: int) -> PromptTable:
        """Return unit-variance random states of a few rows for each prompt."""
        return cls({text: torch.randn(_RANDOM_LENGTH, dim) for text in texts})

    def __getitem__(self, text: str) -> torch.Tensor:
        """Return the states of a prompt; KeyError lists the known ones."""
        if text not in self.texts:
            raise KeyError(
                f"prompt {text!r} is not in this checkpoint, known are {list(self.texts)}"
            )
        return self.states[self.texts.index(text)]

    def to_dict(self) -> dict[str, torch.Tensor]:
        """Return text -> states, detached."""
        return {t: s.detach() for t, s in zip(self.texts, self.states, strict=True)}


def task_prompts(config: ThfmConfig) -> tuple[str, ...]:
    """Return the distinct prompts that a config's tasks need, the neutral one first if used."""
    prompts = [tasks.NEUTRAL_PROMPT] if config.shared_blocks else []
    prompts += [tasks.TASKS[name].prompt for name in config.tasks]
    return tuple(dict.fromkeys(prompts))
