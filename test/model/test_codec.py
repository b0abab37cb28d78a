# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest
import torch

from thfm_ros.model.codec import GroupCodec, latent_frames
from thfm_ros.model.config import DecoderConfig, PriorEncoderConfig, TinyEncoderConfig
from thfm_ros.model.prior_encoder import PriorEncoder
from thfm_ros.model.tiny_codec import TinyDecoder, TinyEncoder

ENCODERS = {
    "tiny": lambda: TinyEncoder(TinyEncoderConfig(8), 16),
    "prior": lambda: PriorEncoder(PriorEncoderConfig(width=8, context_width=8), 16),
}


@pytest.fixture(scope="module", params=ENCODERS)
def model(request):
    torch.manual_seed(0)
    model = GroupCodec(ENCODERS[request.param](), TinyDecoder(DecoderConfig(8), 16))
    for name, parameter in model.named_parameters():
        if "network" not in name:
            torch.nn.init.normal_(parameter, std=0.05)
    return model.eval().requires_grad_(False)


def test_wan_geometry(model):
    video = torch.rand(2, 3, 9, 32, 48)
    latents = model.encode(video)
    assert latents.shape == (2, 16, 3, 4, 6)
    assert model.decode(latents).shape == video.shape


def test_encoding_as_frames_arrive_equals_the_whole_clip(model):
    video = torch.rand(1, 3, 13, 32, 48)
    streamed = [model.encode_image(video[:, :, 0])]
    streamed += [model.encode_group(video[:, :, i : i + 4]) for i in (1, 5, 9)]
    assert torch.equal(torch.stack(streamed, 2), model.encode(video))


def test_decoding_the_newest_frames_equals_the_whole_clip(model):
    latents = torch.randn(1, 16, 3, 4, 6)
    whole = model.decode(latents)
    for frames in (1, 2, 4, 5, 8, 9):
        assert torch.allclose(model.decode_last(latents, frames), whole[:, :, -frames:], atol=1e-6)


@pytest.mark.parametrize(("frames", "latents"), [(1, 1), (4, 1), (5, 2), (9, 3)])
def test_latent_frames_that_hold_the_newest_frames(frames, latents):
    assert latent_frames(frames) == latents


def test_one_image_is_a_group_of_equal_frames(model):
    image = torch.rand(1, 3, 32, 48)
    group = model.encode_group(image.unsqueeze(2).repeat(1, 1, 4, 1, 1))
    assert (model.encode_image(image) - group).abs().max() < 1e-5


def test_a_group_is_told_by_all_of_its_frames(model):
    clip = torch.rand(1, 3, 4, 32, 48)
    changed = clip.clone()
    changed[:, :, 1] = 0
    assert (model.encode_group(clip) - model.encode_group(changed)).abs().max() > 1e-4


# The last test: it changes the model.
def test_after_spreading_a_group_starts_as_its_newest_frame(model):
    clip, latents = torch.rand(1, 3, 4, 32, 48), torch.ones(1, 16, 1, 4, 6)
    encoded, decoded = model.encode_image(clip[:, :, -1]), model.decode_last(latents, 1)
    model.inflate()
    assert (model.encode_group(clip) - encoded).abs().max() < 1e-5
    assert (model.encode_image(clip[:, :, -1]) - encoded).abs().max() < 1e-5
    assert (model.decode_last(latents, 4) - decoded).abs().max() < 1e-5
