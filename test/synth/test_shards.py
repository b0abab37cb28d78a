# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import tarfile

import numpy as np
import pytest

from thfm_ros.clips.shards import decode_clip, decode_truth, encode_clip, read_shard, write_shard
from thfm_ros.synth.clips import ClipSettings, make_clip


@pytest.fixture(scope="module")
def clip(library):
    return make_clip(library, 1, ClipSettings((64, 48), 2), "person", "room")


@pytest.fixture(scope="module")
def back(clip):
    return decode_clip(encode_clip(clip))


def test_an_interrupted_shard_never_looks_complete(tmp_path, clip):
    def clips():
        yield "00000000", clip
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_shard(tmp_path / "shard.tar", clips())
    assert not (tmp_path / "shard.tar").exists()


def test_a_truncated_block_is_an_error(clip):
    block = encode_clip(clip)["truth00.z"]
    with pytest.raises(Exception, match="incomplete"):
        decode_truth(block[: len(block) // 2], 48, 64)


def test_exact_planes_come_back_exactly(clip, back):
    for name in ("mask", "instance", "part", "landmarks2d", "landmarks3d", "landmark_state"):
        assert np.array_equal(getattr(back, name), getattr(clip, name)), name
    assert np.array_equal(back.intrinsics, clip.intrinsics)
    assert np.array_equal(back.times, clip.times)


def test_quantised_planes_come_back_within_half_a_step(clip, back):
    assert np.abs(back.depth - clip.depth).max() <= 0.00051
    assert np.abs(back.normals - clip.normals).max() <= 0.5 / 127 + 1e-6
    assert np.abs(back.dense_pose - clip.dense_pose).max() <= 0.5 / 255 + 1e-6


def test_pictures_survive_jpeg(clip, back):
    assert np.abs(back.rgb.astype(int) - clip.rgb).mean() < 4


def test_far_depth_saturates_instead_of_wrapping(clip):
    far = dataclasses.replace(clip, depth=np.full_like(clip.depth, 500.0))
    assert (decode_clip(encode_clip(far)).depth > 65.5).all()


def test_shards_are_plain_webdataset_tars(tmp_path, clip):
    path = tmp_path / "shard-00000.tar"
    assert write_shard(path, iter([("00000000", clip), ("00000001", clip)])) == 2
    with tarfile.open(path) as archive:
        names = archive.getnames()
    assert "00000000.json" in names
    assert "00000001.truth01.z" in names
    entries = dict(read_shard(path))
    assert list(entries) == ["00000000", "00000001"]
    assert decode_clip(entries["00000001"]).about["seed"] == clip.about["seed"]
