# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The data set on disk: WebDataset tar shards, one small set of files a clip.

A clip with key K is `K.json`, `K.landmarks.npz`, and for each frame `K.rgbNN.jpg` and `K.truthNN.z`
(raw planes, deflated). Any tar reader reads the shards; `read_shard` here is one.
"""

from __future__ import annotations

import io
import json
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np

from thfm_ros.clips.clip import PLANES, ROWS, Clip, StoredClip, decoded

JPEG_QUALITY = 95


def write_shard(path: Path, clips: Iterator[tuple[str, Clip]]) -> int:
    """Write clips to a shard; the file appears only once it is complete. Return how many."""
    partial = path.with_suffix(".partial")
    count = 0
    with tarfile.open(partial, "w") as archive:
        for key, clip in clips:
            for name, content in encode_clip(clip).items():
                entry = tarfile.TarInfo(f"{key}.{name}")
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
            count += 1
    partial.rename(path)
    return count


def encode_clip(clip: Clip) -> dict[str, bytes]:
    """Return the files of one clip by their WebDataset extension."""
    frames, height, width = clip.mask.shape
    about = {**clip.about, "frames": frames, "width": width, "height": height}
    files = {"json": json.dumps(about, sort_keys=True).encode()}
    for frame in range(frames):
        flags = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
        picture = cv2.imencode(".jpg", clip.rgb[frame, ..., ::-1], flags)[1]
        files[f"rgb{frame:02d}.jpg"] = picture.tobytes()
        files[f"truth{frame:02d}.z"] = encode_truth(clip, frame)
    rows = io.BytesIO()
    np.savez(rows, **{name: getattr(clip, name) for name in ROWS})
    files["landmarks.npz"] = rows.getvalue()
    return files


def encode_truth(clip: Clip, frame: int) -> bytes:
    """Pack the planes of one frame: normals x 127, dense pose x 255, depth in millimetres."""
    planes = {
        "mask": clip.mask[frame],
        "instance": clip.instance[frame],
        "part": clip.part[frame],
        "normals": np.round(clip.normals[frame] * 127).astype(np.int8),
        "dense_pose": np.round(clip.dense_pose[frame] * 255).astype(np.uint8),
        "depth": np.clip(np.round(clip.depth[frame] * 1000), 0, 65535).astype("<u2"),
    }
    return zlib.compress(b"".join(planes[name].tobytes() for name, _, _ in PLANES), 1)


def decode_truth(block: bytes, height: int, width: int) -> dict[str, np.ndarray]:
    """Unpack one frame: the stored integers, [H, W] or [H, W, 3] a plane."""
    raw, start, planes = zlib.decompress(block), 0, {}
    for name, dtype, channels in PLANES:
        count = height * width * channels
        plane = np.frombuffer(raw, dtype, count, start)
        planes[name] = plane.reshape((height, width, 3) if channels == 3 else (height, width))
        start += plane.nbytes
    return planes


def read_shard(path: Path) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Yield each clip of a shard as (key, its files by extension)."""
    key, files = None, {}
    with tarfile.open(path) as archive:
        for entry in archive:
            name, _, extension = entry.name.partition(".")
            if key is not None and name != key:
                yield key, files
                files = {}
            key = name
            files[extension] = archive.extractfile(entry).read()
    if key is not None:
        yield key, files


def decode_clip(files: dict[str, bytes]) -> Clip:
    """Return the clip of one entry of `read_shard`, in floats and metres."""
    return decoded(decode_stored(files.__getitem__))


def decode_stored(read: Callable[[str], bytes], frames: slice = slice(None)) -> StoredClip:
    """Decode some frames of a clip; read: file's extension -> its content."""
    about = json.loads(read("json"))
    numbers = range(about["frames"])[frames]
    size = about["height"], about["width"]
    truth = [decode_truth(read(f"truth{number:02d}.z"), *size) for number in numbers]
    with np.load(io.BytesIO(read("landmarks.npz")), allow_pickle=False) as archive:
        rows = {name: archive[name][frames] for name in ROWS}
    return StoredClip(
        rgb=np.stack([_decode_picture(read(f"rgb{number:02d}.jpg")) for number in numbers]),
        **{name: np.stack([planes[name] for planes in truth]) for name, _, _ in PLANES},
        **rows,
        about=about,
    )


def _decode_picture(encoded: bytes) -> np.ndarray:
    image = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR)
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def read_clips(shards: Iterable[Path]) -> Iterator[Clip]:
    """Yield the clips of shards, in order."""
    for shard in shards:
        for _, files in read_shard(shard):
            yield decode_clip(files)
