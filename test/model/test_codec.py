# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import torch

from thfm_ros.model.codec import TinyCodec
from thfm_ros.model.config import CodecConfig


def codec():
    torch.manual_seed(0)
    model = TinyCodec(CodecConfig("tiny", width=8), 16)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    return model.eval().requires_grad_(False)


def test_wan_geometry():
    video = torch.rand(2, 3, 9, 32, 48)
    latents = codec().encode(video)
    assert latents.shape == (2, 16, 3, 4, 6)
    assert codec().decode(latents).shape == video.shape


def test_encoding_as_frames_arrive_equals_the_whole_clip():
    model, video = codec(), torch.rand(1, 3, 13, 32, 48)
    streamed = [model.encode_image(video[:, :, 0])]
    streamed += [model.encode_group(video[:, :, i : i + 4]) for i in (1, 5, 9)]
    assert torch.equal(torch.stack(streamed, 2), model.encode(video))


def test_decoding_group_by_group_equals_the_whole_clip():
    model, latents = codec(), torch.randn(1, 16, 3, 4, 6)
    streamed = [model.decode_image(latents[:, :, 0]).unsqueeze(2)]
    streamed += [model.decode_group(latents[:, :, i]) for i in (1, 2)]
    assert torch.equal(torch.cat(streamed, 2), model.decode(latents))


def test_one_image_is_a_group_of_equal_frames():
    model, image = codec(), torch.rand(1, 3, 32, 48)
    group = model.encode_group(image.unsqueeze(2).repeat(1, 1, 4, 1, 1))
    assert (model.encode_image(image) - group).abs().max() < 1e-5


def test_decoded_image_is_the_last_of_its_group():
    model, latents = codec(), torch.randn(1, 16, 4, 6)
    group = model.decode_group(latents)
    assert (model.decode_image(latents) - group[:, :, -1]).abs().max() < 1e-5


def test_after_spreading_a_group_starts_as_its_newest_frame():
    model, clip = codec(), torch.rand(1, 3, 4, 32, 48)
    before = model.encode_image(clip[:, :, -1]), model.decode_image(torch.ones(1, 16, 4, 6))
    model.spread_image()
    frames = model.decode_group(torch.ones(1, 16, 4, 6))
    assert (model.encode_group(clip) - before[0]).abs().max() < 1e-5
    assert (model.encode_image(clip[:, :, -1]) - before[0]).abs().max() < 1e-5
    assert (frames - before[1].unsqueeze(2)).abs().max() < 1e-5
