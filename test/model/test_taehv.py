# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from thfm_ros.model.taehv import TaehvCodec

DATA = Path(__file__).parents[1] / "data" / "taehv"


def seeded_weights():
    """Return the weights that the reference numbers were computed with."""
    random = np.random.RandomState(7)
    weights = {}
    for name, shape in sorted(json.loads((DATA / "shapes.json").read_text()).items()):
        values = random.standard_normal(shape).astype(np.float32)
        values *= 1.2 / np.sqrt(np.prod(shape[1:])) if len(shape) > 1 else 0.05
        weights[name] = torch.from_numpy(values)
    weights["decoder.22.bias"] = torch.full_like(weights["decoder.22.bias"], 0.5)
    weights["decoder.22.weight"] *= 0.1
    return weights


@pytest.fixture(scope="module")
def codec():
    model = TaehvCodec(torch.zeros(16), torch.ones(16))
    model.load_state_dict(seeded_weights(), strict=True)
    return model.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def reference():
    with np.load(DATA / "io.npz") as archive:
        return {n: torch.from_numpy(archive[n]).transpose(1, 2) for n in archive.files}


@pytest.mark.parametrize("frames", [5, 8])
def test_latents_are_the_official_ones(codec, reference, frames):
    latents = codec.encode(reference[f"rgb{frames}"] * 2 - 1)
    assert (latents - reference[f"latents_of_rgb{frames}"]).abs().max() <= 1e-5


def test_images_are_the_official_ones(codec, reference):
    images = codec.decode(reference["latents3"]) * 0.5 + 0.5
    assert (images.clamp(0, 1) - reference["rgb_of_latents3"]).abs().max() <= 1e-5


def test_latents_are_raw_for_the_checkpoint(reference):
    mean, std = torch.linspace(-1, 1, 16), torch.linspace(0.5, 2, 16)
    codec = TaehvCodec(mean, std).eval()
    codec.load_state_dict(seeded_weights(), strict=True)
    with torch.no_grad():
        raw = codec.encode(reference["rgb5"] * 2 - 1)
    shape = (1, 16, 1, 1, 1)
    expected = reference["latents_of_rgb5"] * std.view(shape) + mean.view(shape)
    assert (raw - expected).abs().max() <= 1e-5 * std.max()
