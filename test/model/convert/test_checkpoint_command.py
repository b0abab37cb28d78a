# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import torch

from thfm_ros import cli
from thfm_ros.model.checkpoint import load_checkpoint, save_checkpoint
from thfm_ros.model.presets import preset
from thfm_ros.model.thfm import Thfm


def convert(source, out, *options):
    return cli.main(["convert", "checkpoint", str(source), "--out", str(out), *options])


def test_what_is_no_checkpoint_is_one_line(tmp_path, capsys):
    assert convert(tmp_path / "none", tmp_path / "out") == 1
    assert "is not a directory" in capsys.readouterr().err


def test_bfloat16_halves_the_files_and_keeps_the_model(tmp_path):
    model = Thfm(preset("tiny")).eval()
    save_checkpoint(model, tmp_path / "full")
    assert convert(tmp_path / "full", tmp_path / "half") == 0
    name = "transformer.safetensors"
    full, half = ((tmp_path / part / name).stat().st_size for part in ("full", "half"))
    assert half < 0.7 * full
    restored = load_checkpoint(tmp_path / "half")
    assert restored.config == model.config
    for part in ("transformer", "codec"):
        rounded = getattr(restored, part).state_dict()
        for key, value in getattr(model, part).state_dict().items():
            assert torch.equal(rounded[key], value.to(torch.bfloat16).float()), key


def test_weights_of_single_frames_are_spread_when_asked(tmp_path):
    images, clips = tmp_path / "images", tmp_path / "clips"
    save_checkpoint(Thfm(preset("tiny")), images)
    assert convert(images, clips, "--inflate", "--precision", "fp32") == 0
    before, after = (
        load_checkpoint(path).codec.encoder.pack.weight.unflatten(1, (4, -1))
        for path in (images, clips)
    )
    assert torch.allclose(after[:, -1], before.sum(1))
    assert not after[:, :-1].any()
