# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import torch
from safetensors.torch import save_file

from thfm_ros import cli
from thfm_ros.model.checkpoint import load_checkpoint, save_checkpoint
from thfm_ros.model.presets import preset
from thfm_ros.model.taehv import TaehvCodec
from thfm_ros.model.thfm import Thfm


def weights():
    torch.manual_seed(0)
    return TaehvCodec(torch.zeros(16), torch.ones(16)).state_dict()


def convert(*arguments):
    return cli.main(["convert", "taehv", *map(str, arguments)])


def test_other_weights_are_refused(tmp_path, capsys):
    save_file({"decoder.1.weight": torch.zeros(2)}, tmp_path / "w.safetensors")
    assert convert(tmp_path / "w.safetensors", "--out", tmp_path / "o") == 1
    assert "is not taew2_1" in capsys.readouterr().err


def test_a_pickle_that_executes_is_refused(tmp_path, capsys):
    class Evil:
        def __reduce__(self):
            return (print, ("executed",))

    torch.save({"a": Evil()}, tmp_path / "evil.pth")
    assert convert(tmp_path / "evil.pth", "--out", tmp_path / "o") == 1
    said = capsys.readouterr().err
    assert "evil.pth cannot be read as weights" in said
    assert not any(line == "executed" for line in said.splitlines())


def test_codec_of_a_checkpoint_is_replaced(tmp_path):
    tiny = preset("tiny")
    tokens = (dataclasses.replace(tiny.tokens[0], heat_maps=False),)
    save_checkpoint(Thfm(dataclasses.replace(tiny, tokens=tokens)), tmp_path / "nano")
    torch.save(weights(), tmp_path / "taew2_1.pth")
    assert (
        convert(
            tmp_path / "taew2_1.pth", "--checkpoint", tmp_path / "nano", "--out", tmp_path / "o"
        )
        == 0
    )
    model = load_checkpoint(tmp_path / "o")
    assert isinstance(model.codec, TaehvCodec)
    assert all(torch.equal(t, weights()[n]) for n, t in model.codec.state_dict().items())
    with torch.no_grad():
        assert model(torch.rand(1, 3, 5, 48, 64), ("mask",)).dense["mask"].shape == (
            1,
            3,
            5,
            48,
            64,
        )
