# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Prompt states: from .npy files, or computed once by the UMT5 encoder that Wan uses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from thfm_ros import tasks
from thfm_ros.model.checkpoint import PROMPTS
from thfm_ros.model.convert.errors import ConversionError

LENGTH = 226
"""Rows that GenCeption pads its prompts to; padding is attended, so it is part of the meaning."""


def read_prompts(entries: list[str], text_dim: int) -> dict[str, torch.Tensor]:
    """Read `task=file.npy` entries -> prompt text -> states [L, text_dim]."""
    prompts = {}
    for entry in entries:
        task, separator, path = entry.partition("=")
        if not separator or task not in tasks.TASKS:
            raise ConversionError(
                f"--prompt is {entry!r}, allowed is TASK=FILE.npy, a task of {list(tasks.TASKS)}"
            )
        prompts[tasks.TASKS[task].prompt] = _read_states(Path(path), text_dim)
    return prompts


def encode_prompts(
    texts: list[str], text_encoder: str | Path, tokenizer: str | Path | None = None
) -> dict[str, torch.Tensor]:
    """Compute the UMT5 states [226, dim] of prompts, zero rows after each prompt's end.

    text_encoder, tokenizer: local transformers directories (the tokenizer's defaults to
    `tokenizer` beside the encoder, as in a diffusers directory). Nothing is downloaded.
    """
    from transformers import AutoTokenizer, UMT5EncoderModel

    text_encoder = Path(text_encoder)
    tokenizer = Path(tokenizer) if tokenizer else text_encoder.parent / "tokenizer"
    try:
        tokens = AutoTokenizer.from_pretrained(tokenizer, local_files_only=True)
        encoder = UMT5EncoderModel.from_pretrained(
            text_encoder, local_files_only=True, use_safetensors=True
        ).eval()
    except (OSError, ValueError) as error:
        raise ConversionError(f"{text_encoder} or {tokenizer}: {error}") from error
    inputs = tokens(
        texts, padding="max_length", max_length=LENGTH, truncation=True, return_tensors="pt"
    )
    with torch.inference_mode():
        states = encoder(inputs.input_ids, inputs.attention_mask).last_hidden_state
    states = states * inputs.attention_mask.unsqueeze(-1)
    return dict(zip(texts, states.float(), strict=True))


def write_prompts(prompts: dict[str, torch.Tensor], out: Path) -> None:
    """Write prompts.safetensors into a checkpoint directory."""
    out.mkdir(parents=True, exist_ok=True)
    save_file({text: states.contiguous() for text, states in prompts.items()}, out / PROMPTS)
    (out / PROMPTS).chmod(0o644)


def _read_states(path: Path, text_dim: int) -> torch.Tensor:
    try:
        states = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise ConversionError(f"{path} is not a readable .npy file: {error}") from error
    if states.dtype == np.dtype("V2"):
        states = torch.from_numpy(states.view(np.uint16).astype(np.int32) << 16).view(torch.float32)
    else:
        states = torch.from_numpy(np.asarray(states, np.float32))
    if states.ndim == 3 and states.shape[0] == 1:
        states = states[0]
    if states.ndim != 2 or states.shape[1] != text_dim:
        raise ConversionError(
            f"{path} has shape {tuple(states.shape)}, allowed is [length, {text_dim}]"
        )
    return states
