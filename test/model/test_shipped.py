# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from thfm_ros.model import shipped
from thfm_ros.model.checkpoint import CheckpointError, save_checkpoint
from thfm_ros.model.presets import preset
from thfm_ros.model.thfm import Thfm


def test_a_directory_that_is_none_is_an_error(tmp_path):
    with pytest.raises(CheckpointError, match="is not a directory"):
        shipped.config_of(str(tmp_path / "none"))


def test_a_directory_is_taken_as_it_is(tmp_path):
    save_checkpoint(Thfm(preset("tiny")), tmp_path / "mine")
    assert shipped.config_of(str(tmp_path / "mine")).name == "tiny"
    assert shipped.load_model(str(tmp_path / "mine")).config.name == "tiny"
    assert shipped.weights_title(str(tmp_path / "mine")) == "mine"


def test_random_is_the_untrained_nano():
    assert shipped.find_checkpoint("random") is None
    assert shipped.weights_title("random") == "random weights"
    assert not shipped.config_of("random").trained


@pytest.mark.parametrize("share", ["models", "share/thfm_ros/models"])
def test_an_empty_setting_is_what_ships_beside_the_code(tmp_path, monkeypatch, share):
    folder = tmp_path / share / "thfm-nano"
    folder.mkdir(parents=True)
    code = tmp_path / "lib" / "python3" / "site-packages" / "thfm_ros" / "model" / "shipped.py"
    monkeypatch.setattr(shipped, "__file__", str(code))
    assert shipped.find_checkpoint("") == folder
