# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""GenCeption (THFM's public successor, google-deepmind/representations4d) into our checkpoint.

The published transformer is one flat .npz: blocks stacked on a leading layer axis, kernels as
[in, out], bfloat16 stored as opaque two-byte values. What each number means is not changed: the
output is negated, latents are raw, tokens keep their index as their only name.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from thfm_ros.model.config import CodecConfig, ThfmConfig, TokenGroup, TransformerConfig
from thfm_ros.model.convert.errors import ConversionError
from thfm_ros.model.convert.genception_keys import Rule, source_rules
from thfm_ros.model.convert.npz_stream import ArrayHeader, NpzReader
from thfm_ros.model.convert.safetensors_stream import SafetensorsWriter, TensorPlan
from thfm_ros.model.presets import WAN_LATENTS_MEAN, WAN_LATENTS_STD
from thfm_ros.tasks.depth_code import DepthCode

GROUPS = ("token1", "token2")
_HEADS_OF_PUBLIC_SIZES = {1536: 12, 5120: 40}
SUFFIX = ".value"
"""Names in the file may end in it."""
_TYPES = {np.dtype(np.float32): "F32", np.dtype(np.float16): "F16"}


def read_config(path: str | Path | None, reader: NpzReader) -> ThfmConfig:
    """Build our config from the flat JSON beside a checkpoint and from the arrays' shapes.

    Without a file, the public defaults of the size that the shapes show.
    """
    flat = read_flat_config(path)
    names = reader.headers
    try:
        dim = names["patch_embedding.bias"].shape[0]
        layers, _, ffn_dim = names["blocks.ffn.act_fn.proj.kernel"].shape
        text_dim = names["condition_embedder.text_embedder.linear_1.kernel"].shape[0]
        freq_dim = names["condition_embedder.time_embedder.linear_1.kernel"].shape[0]
        outputs = [names[f"{group}_proj_out.bias"].shape[0] for group in GROUPS]
    except (KeyError, ValueError) as error:
        raise ConversionError(f"{reader.path} is not a GenCeption transformer: {error}") from error
    heads = flat.get("num_attention_heads", _HEADS_OF_PUBLIC_SIZES.get(dim))
    if not heads:
        raise ConversionError(
            f"{reader.path} is {dim} wide, the public sizes are {list(_HEADS_OF_PUBLIC_SIZES)}: "
            "say how many heads it has with --config"
        )
    sizes = {
        "num_attention_heads": heads,
        "attention_head_dim": dim // heads,
        "num_layers": layers,
        "ffn_dim": ffn_dim,
        "text_dim": text_dim,
        "freq_dim": freq_dim,
        "token1_proj_dim": outputs[0],
        "token2_proj_dim": outputs[1],
    }
    _check_sizes(flat, sizes, reader.path)
    defaults = {"token1_output_dim": 1, "token2_output_dim": 3, "height": 480, "width": 832}
    return _config({**defaults, **flat, **sizes})


def convert_transformer(
    reader: NpzReader,
    config: ThfmConfig,
    path: Path,
    flat: dict[str, Any],
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Write transformer.safetensors, one layer of one array in memory at a time."""
    rules = source_rules(config, flat)
    _check_keys(reader, rules)
    plans = [plan for name, rule in rules.items() for plan in _plans(rule, reader.headers[name])]
    total = sum(plan.size for plan in plans)
    done = 0
    with SafetensorsWriter(path, plans) as writer:
        for name, rule in rules.items():
            for target, bits in _converted(reader, name, rule):
                writer.write(target, bits)
                done += bits.nbytes
                progress(done, total)


def read_flat_config(path: str | Path | None) -> dict[str, Any]:
    """Return the flat settings of the JSON beside a checkpoint; {} without one."""
    if path is None:
        return {}
    try:
        values = json.loads(Path(path).read_text())
    except (OSError, ValueError) as error:
        raise ConversionError(f"{path}: {error}") from error
    if not isinstance(values, dict):
        raise ConversionError(f"{path} holds {type(values).__name__}, allowed is an object")
    return values.get("model", values)


def _config(flat: dict[str, Any]) -> ThfmConfig:
    timestep = flat.get("diffusion_single_step", 0)
    if timestep < 0:
        # The first public pipeline counted back from the end of its (unused) schedule.
        timestep = flat.get("num_inference_steps", 50) - 1
    groups = []
    for group in GROUPS:
        values, numbers = flat[f"{group}_output_dim"], flat[f"{group}_proj_dim"]
        if flat.get(f"{group}_num_per_frame", 1) != 1:
            raise ConversionError(
                f"{group}_num_per_frame is {flat[f'{group}_num_per_frame']}, allowed is 1"
            )
        if numbers % values:
            raise ConversionError(f"{group}_proj_dim is {numbers}, not a multiple of {values}")
        groups.append(TokenGroup(group, numbers // values, values, "opaque"))
    dim = flat["num_attention_heads"] * flat["attention_head_dim"]
    return ThfmConfig(
        name=f"genception-{dim}",
        transformer=TransformerConfig(
            heads=flat["num_attention_heads"],
            head_dim=flat["attention_head_dim"],
            layers=flat["num_layers"],
            ffn_dim=flat["ffn_dim"],
            text_dim=flat["text_dim"],
            freq_dim=flat["freq_dim"],
        ),
        codec=CodecConfig("wan", mean=WAN_LATENTS_MEAN, std=WAN_LATENTS_STD),
        tokens=tuple(groups),
        size=(flat["width"], flat["height"]),
        frames=flat.get("token1_num_frames", 81),
        tasks=("depth", "normals"),
        depth=DepthCode("log", 0.4, "cube"),
        timestep=timestep,
        negate=True,
        normalize_latents=bool(flat.get("normalize_latents", False)),
        trained=True,
    )


def _check_sizes(flat: dict[str, Any], sizes: dict[str, int], path: Path) -> None:
    wrong = {k: (flat[k], v) for k, v in sizes.items() if k in flat and flat[k] != v}
    if wrong:
        said = ", ".join(
            f"{k} is {a} in the config and {b} in the file" for k, (a, b) in wrong.items()
        )
        raise ConversionError(f"{path}: {said}")


def _check_keys(reader: NpzReader, rules: dict[str, Rule]) -> None:
    """Compare names and shapes; all that is wrong is listed in one error."""
    found = {name: header.shape for name, header in reader.headers.items()}
    wrong = [
        f"{name} has shape {found[name]}, expected {rule.shape}"
        for name, rule in rules.items()
        if name in found and found[name] != rule.shape
    ]
    problems = (
        [f"missing {name}" for name in rules if name not in found]
        + [f"unknown {name}" for name in found if name not in rules]
        + wrong
    )
    if problems:
        raise ConversionError(f"{reader.path}: {len(problems)} problems: " + "; ".join(problems))


def _plans(rule: Rule, header: ArrayHeader) -> list[TensorPlan]:
    if not rule.target:
        return []
    dtype = "BF16" if header.is_bfloat16 else _TYPES[header.dtype]
    stacked = "{}" in rule.target
    sample = rule.change(np.empty(rule.shape[1:] if stacked else rule.shape, np.uint8))
    layers = range(rule.shape[0]) if stacked else (0,)
    return [TensorPlan(rule.target.format(layer), dtype, sample.shape) for layer in layers]


def _converted(reader: NpzReader, name: str, rule: Rule):
    if not rule.target:
        return
    if "{}" in rule.target:
        for layer, row in enumerate(reader.rows(name)):
            yield rule.target.format(layer), rule.change(row)
    else:
        yield rule.target, rule.change(reader.array(name))
