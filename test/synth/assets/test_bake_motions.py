# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np

from thfm_ros.synth.assets.bake_motions import bake_motions, unpack_motions
from thfm_ros.synth.assets.sources import Found, Source
from thfm_ros.synth.motion.files import read_motion


def test_clips_survive_packing(tmp_path, motion_folder):
    clips = tmp_path / "data" / "motions"
    clips.mkdir(parents=True)
    text = (motion_folder / "bend_a.txt").read_text()
    (clips / "humanoid3d_bend.txt").write_text(text)
    found = {"pybullet": Found(Source("pip", "pybullet", "motions", "Zlib"), "3", tmp_path)}
    assert bake_motions(found, tmp_path / "motions.npz") == {"motions": 1}
    (packed,) = unpack_motions(tmp_path / "motions.npz")
    original = read_motion(clips / "humanoid3d_bend.txt")
    assert packed.name == "humanoid3d_bend"
    assert np.abs(packed.rotations - original.rotations).max() < 2e-3
    assert np.allclose(packed.pelvis, original.pelvis, atol=1e-5)
