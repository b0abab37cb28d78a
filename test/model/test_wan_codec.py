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


def test_chunk_of_the_wrong_length_is_refused(codec):
    cache = wan_codec.new_encoder_cache(codec.vae)
    with pytest.raises(ValueError, match="chunk has 4 frames, allowed is 1 here"):
        wan_codec.encode_chunk(codec.vae, torch.zeros(1, 3, 4, 32, 32), cache)


def test_decoding_equals_diffusers_up_to_its_clamp(codec):
    latents = 3 * torch.randn(1, 16, 3, 4, 4)
    theirs = codec.vae.decode(latents, return_dict=False)[0]
    assert torch.equal(codec.decode(latents).clamp(-1, 1), theirs)


def test_encoding_a_stream_equals_encoding_the_clip(codec):
    video = torch.rand(1, 3, 13, 32, 32) * 2 - 1
    cache, latents = wan_codec.new_encoder_cache(codec.vae), []
    for frames in (video[:, :, :1], *video[:, :, 1:].split(4, 2)):
        latent, cache = wan_codec.encode_chunk(codec.vae, frames, cache)
        latents.append(latent)
    assert torch.equal(torch.cat(latents, 2), codec.encode(video))


def test_a_chunk_leaves_the_cache_it_was_given_alone(codec):
    cache = wan_codec.new_encoder_cache(codec.vae)
    wan_codec.encode_chunk(codec.vae, torch.zeros(1, 3, 1, 32, 32), cache)
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
