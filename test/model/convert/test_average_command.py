# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import torch

from thfm_ros import cli
from thfm_ros.model.checkpoint import load_checkpoint, save_checkpoint
from thfm_ros.model.presets import preset
from thfm_ros.model.thfm import Thfm


def average(tmp_path, *shares):
    arguments = ["convert", "average", str(tmp_path / "a"), str(tmp_path / "b"), "--shares"]
    return cli.main([*arguments, *shares, "--out", str(tmp_path / "out")])


def save_two(tmp_path):
    for name in ("a", "b"):
        save_checkpoint(Thfm(preset("tiny")), tmp_path / name)


def test_shares_that_do_not_sum_to_one_are_one_line(tmp_path, capsys):
    save_two(tmp_path)
    assert average(tmp_path, "0.5", "0.25") == 1
    assert "allowed are 2 that sum to 1" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_mean_of_two_checkpoints_is_a_checkpoint(tmp_path):
    save_two(tmp_path)
    assert average(tmp_path, "0.75", "0.25") == 0
    a, b, mean = (load_checkpoint(tmp_path / name).state_dict() for name in ("a", "b", "out"))
    for name, value in mean.items():
        assert torch.allclose(value, 0.75 * a[name] + 0.25 * b[name], atol=1e-6), name
