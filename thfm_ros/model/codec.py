# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Video codecs: RGB clips to latents and back, 8x8 pixels and 4 frames to one latent position.

The first frame is coded alone, every following group of four together (Wan's causal geometry):
4k + 1 frames are k + 1 latent frames.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import nn

from thfm_ros.model.config import TEMPORAL_STRIDE


class Codec(Protocol):
    """What the model asks of a codec. Latents are raw, before any normalisation.

    encode: RGB [B, 3, 4k+1, H, W] in -1..1 -> latents [B, 16, k+1, H/8, W/8]
    decode: the inverse; values may leave -1..1 a little (no clamp, so that gradients survive)
    chunk_local: whether each latent frame depends on its own frames alone; such a codec is a
            `GroupCodec`
    """

    chunk_local: bool

    def encode(self, video: torch.Tensor) -> torch.Tensor: ...

    def decode(self, latents: torch.Tensor) -> torch.Tensor: ...


class GroupEncoder(Protocol):
    """Encodes each latent frame's frames on their own."""

    def encode_image(self, image: torch.Tensor) -> torch.Tensor:
        """One frame [B, 3, H, W] -> [B, C, H/8, W/8]: as a group of four equal frames."""
        ...

    def encode_group(self, frames: torch.Tensor) -> torch.Tensor:
        """A group of four frames [B, 3, 4, H, W] -> [B, C, H/8, W/8]."""
        ...


class GroupDecoder(Protocol):
    """Decodes each latent frame on its own, in two steps.

    features: how many channels the features have
    """

    features: int

    def feature_map(self, latents: torch.Tensor) -> torch.Tensor:
        """A latent frame [B, C, h, w] -> features at 1/4 of the pictures' size [B, F, 2h, 2w]."""
        ...

    def paint(self, features: torch.Tensor, frames: int) -> torch.Tensor:
        """Features -> the newest frames of the group of four, [B, 3, frames, H, W]."""
        ...


class GroupCodec(nn.Module):
    """A codec of which every latent frame depends on its own frames alone.

    Encoding groups one by one as they arrive equals encoding the whole clip, bit for bit. The first
    latent frame's one image is coded as the newest of a group of four equal ones.
    """

    chunk_local = True

    def __init__(self, encoder: GroupEncoder, decoder: GroupDecoder) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder

    # Groups go one by one, not as a larger batch: convolution kernels round differently for another
    # batch size, and a stream must give the same bits as a whole clip.

    def encode(self, video: torch.Tensor) -> torch.Tensor:
        """RGB [B, 3, 4k+1, H, W] in -1..1 -> latents [B, C, k+1, H/8, W/8]."""
        groups = video[:, :, 1:].split(TEMPORAL_STRIDE, 2) if video.shape[2] > 1 else ()
        return torch.stack(
            [self.encode_image(video[:, :, 0]), *(self.encode_group(group) for group in groups)], 2
        )

    def encode_image(self, image: torch.Tensor) -> torch.Tensor:
        """Encode one frame [B, 3, H, W] -> [B, C, H/8, W/8]."""
        return self.encoder.encode_image(image)

    def encode_group(self, frames: torch.Tensor) -> torch.Tensor:
        """Encode a group of four frames [B, 3, 4, H, W] -> [B, C, H/8, W/8]."""
        return self.encoder.encode_group(frames)

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """Latents [B, C, k+1, H/8, W/8] -> RGB [B, 3, 4k+1, H, W]."""
        return self.decode_last(latents, TEMPORAL_STRIDE * (latents.shape[2] - 1) + 1)

    def decode_last(self, latents: torch.Tensor, frames: int) -> torch.Tensor:
        """Decode the newest frames only: latents [B, C, k+1, h, w] -> RGB [B, 3, frames, H, W].

        Groups do not depend on one another, so the others cost nothing.
        """
        return self.paint_last(self.feature_maps(latents, frames), frames)

    def feature_maps(self, latents: torch.Tensor, frames: int) -> torch.Tensor:
        """Return the features [B, F, n, 2h, 2w] of the n latent frames that hold so many frames."""
        newest = latents[:, :, -latent_frames(frames) :]
        return torch.stack([self.decoder.feature_map(latent) for latent in newest.unbind(2)], 2)

    def paint_last(self, features: torch.Tensor, frames: int) -> torch.Tensor:
        """Paint the newest frames from `feature_maps` -> RGB [B, 3, frames, H, W]."""
        painted = []
        for group in reversed(features.unbind(2)):
            count = min(frames, TEMPORAL_STRIDE)
            painted.insert(0, self.decoder.paint(group, count))
            frames -= count
        return torch.cat(painted, 2)

    @torch.no_grad()
    def inflate(self) -> None:
        """Let groups of four start as what single images learned of their newest frame.

        After it, a group encodes to what its last frame alone does, and decodes to that four times.
        The mean of the four frames (I3D's inflation) would start blurred by what moves.
        """
        self.encoder.inflate()
        self.decoder.inflate()


def latent_frames(frames: int) -> int:
    """Return in how many of the newest latent frames so many of the newest frames lie."""
    return -(-frames // TEMPORAL_STRIDE)
