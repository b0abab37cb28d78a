# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest
import torch
from diffusers import AutoencoderKLWan

from thfm_ros.model import wan_codec
from thfm_ros.model.wan_codec import WanCodec


@pytest.fixture(scope="module")
def codec():
    torch.manual_seed(0)
    return WanCodec(AutoencoderKLWan(base_dim=8)).eval().requires_grad_(False)


def test_decoding_equals_diffusers_up_to_its_clamp(codec):
    latents = 3 * torch.randn(1, 16, 3, 4, 4)
    theirs = codec.vae.decode(latents, return_dict=False)[0]
    assert torch.equal(codec.decode(latents).clamp(-1, 1), theirs)


def test_a_chunk_leaves_the_cache_it_was_given_alone(codec):
    cache = wan_codec.new_decoder_cache(codec.vae)
    wan_codec.decode_chunk(codec.vae, torch.zeros(1, 16, 1, 4, 4), cache)
    assert cache == [None] * len(cache)


def test_gradients_pass_where_diffusers_clamps():
    torch.manual_seed(0)
    codec = WanCodec(AutoencoderKLWan(base_dim=8))
    codec.vae.decoder.conv_out.bias.data += 2
    latents = torch.randn(1, 16, 1, 2, 2, requires_grad=True)
    image = codec.decode(latents)
    outside = image.abs() > 1
    assert outside.any()
    image[outside].sum().backward()
    assert latents.grad.abs().sum() > 0
