# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

from thfm_ros.model.checkpoint import save_checkpoint
from thfm_ros.model.presets import preset
from thfm_ros.model.thfm import Thfm
from thfm_ros.training.settings import Phase, TrainingSettings
from thfm_ros.training.start import starting_model

TINY = preset("tiny")


def test_a_start_grows_to_what_the_settings_say_and_all_of_it_learns(tmp_path):
    save_checkpoint(Thfm(TINY), tmp_path)
    codec = dataclasses.asdict(TINY.codec)
    codec["encoder"]["context_blocks"] = 3
    phases = (Phase(1, (64, 48)),)
    model = starting_model(TrainingSettings(phases, start=str(tmp_path), model={"codec": codec}))
    assert len(model.codec.encoder.context_blocks) == 3
    assert all(parameter.requires_grad for parameter in model.parameters())
