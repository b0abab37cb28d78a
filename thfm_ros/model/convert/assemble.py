# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Whole checkpoint directories out of converted parts."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from thfm_ros import tasks
from thfm_ros.model.checkpoint import CODEC, CONFIG, PROMPTS, TRANSFORMER, load_config
from thfm_ros.model.config import CodecConfig, ThfmConfig
from thfm_ros.model.convert import genception, wan
from thfm_ros.model.convert.errors import ConversionError
from thfm_ros.model.convert.npz_stream import NpzReader
from thfm_ros.model.convert.prompts import encode_prompts, read_prompts, write_prompts
from thfm_ros.model.convert.taehv import convert_taehv
from thfm_ros.model.prompts import task_prompts

CODEC_CONFIG = "codec.json"


@dataclass(frozen=True)
class Conversion:
    """What was written, and what the user should know about it."""

    config: ThfmConfig
    notes: tuple[str, ...]


def genception_checkpoint(
    transformer: Path,
    config_file: Path | None,
    vae: Path | None,
    prompt_entries: list[str],
    out: Path,
    progress: Callable[[int, int], None],
) -> Conversion:
    """Convert GenCeption's transformer, and its VAE and prompts where they are given."""
    reader = NpzReader(transformer, genception.SUFFIX)
    config = genception.read_config(config_file, reader)
    prompts = read_prompts(prompt_entries, config.transformer.text_dim)
    given = tuple(name for name, task in tasks.DENSE.items() if task.prompt in prompts)
    if given:
        config = dataclasses.replace(config, tasks=given)
    out.mkdir(parents=True, exist_ok=True)
    genception.convert_transformer(
        reader, config, out / TRANSFORMER, genception.read_flat_config(config_file), progress
    )
    reader.close()
    notes = []
    if vae is None:
        notes.append("no --vae: this checkpoint can be verified, but not run on video")
    else:
        config = dataclasses.replace(config, codec=_codec(vae, out))
    if not prompts:
        notes.append("no --prompt: this checkpoint can be verified, but not run on video")
    else:
        write_prompts(prompts, out)
    _write_config(config, out)
    return Conversion(config, tuple(notes))


def wan_checkpoint(
    directory: Path, vae: Path | None, prompt_entries: list[str], out: Path
) -> Conversion:
    """Convert a diffusers-format Wan2.1 directory; prompts from files or from its text encoder."""
    config = wan.read_config(directory)
    prompts = read_prompts(prompt_entries, config.transformer.text_dim)
    needed = task_prompts(config)
    missing = [text for text in needed if text not in prompts]
    notes = []
    if missing and (directory / "text_encoder").is_dir():
        prompts.update(encode_prompts(missing, directory / "text_encoder"))
    elif missing:
        notes.append(f"no text states for {missing}: give --prompt, or run `thfm prompts`")
    out.mkdir(parents=True, exist_ok=True)
    wan.convert_transformer(directory, config, out / TRANSFORMER)
    codec = _codec(vae or directory / "vae", out)
    config = dataclasses.replace(config, codec=codec)
    write_prompts(prompts, out)
    _write_config(config, out)
    return Conversion(config, tuple(notes))


def taehv_checkpoint(path: Path, checkpoint: Path | None, out: Path) -> None:
    """Convert the tiny autoencoder, alone or into a copy of a checkpoint."""
    config = load_config(checkpoint) if checkpoint else None
    if config and any(group.heat_maps for group in config.tokens):
        raise ConversionError(
            f"{checkpoint}: its landmarks are found on features of its own decoder"
        )
    out.mkdir(parents=True, exist_ok=True)
    codec = convert_taehv(path, out)
    (out / CODEC_CONFIG).write_text(json.dumps(dataclasses.asdict(codec), indent=2) + "\n")
    if config is not None:
        for name in (TRANSFORMER, PROMPTS):
            shutil.copy(checkpoint / name, out / name)
        _write_config(dataclasses.replace(config, codec=codec), out)


def _codec(source: Path, out: Path) -> CodecConfig:
    """Bring a codec into `out`: one of ours (codec.json beside it) or a diffusers VAE."""
    described = source / CODEC_CONFIG
    if not described.is_file():
        return wan.convert_vae(source, out)
    try:
        values = json.loads(described.read_text())
        config = CodecConfig.from_json(values)
    except (ValueError, TypeError, KeyError) as error:
        raise ConversionError(f"{described}: {error}") from error
    shutil.copy(source / CODEC, out / CODEC)
    return config


def _write_config(config: ThfmConfig, out: Path) -> None:
    (out / CONFIG).write_text(json.dumps(config.to_json(), indent=2) + "\n")
