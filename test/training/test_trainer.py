# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import json

import pytest
import torch
from diffusers import AutoencoderKLWan
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from thfm_ros import cli
from thfm_ros.clips.folder import ShardFolder
from thfm_ros.model.checkpoint import load_checkpoint
from thfm_ros.training.settings import Optimiser, Phase, TrainingSettings, load_settings
from thfm_ros.training.trainer import Trainer

SETTINGS = TrainingSettings(
    phases=(Phase(3, (32, 32), 1, 2, 2), Phase(3, (64, 48), 5, 1, 4)),
    preset="tiny",
    save_every=3,
    optimiser=Optimiser(warmup=2, decay=2),
)


def train(shards, out, settings=SETTINGS, resume=False):
    trainer = Trainer(settings, "ambient", [ShardFolder(shards)], out)
    trainer.run(resume)
    return trainer


def train_codec(settings, shards, teacher, tmp_path):
    (tmp_path / "s.yaml").write_text(settings.to_yaml())
    paths = {"config": tmp_path / "s.yaml", "data": shards, "out": tmp_path / "run"}
    options = [text for name, path in paths.items() for text in (f"--{name}", str(path))]
    return cli.main(["train", "codec", *options, "--teacher", str(teacher)])


def test_nothing_to_resume_is_an_error(shards, tmp_path):
    with pytest.raises(ValueError, match="no state to resume"):
        train(shards, tmp_path, resume=True)


def test_a_run_leaves_a_loadable_checkpoint_and_its_records(shards, tmp_path):
    trainer = train(shards, tmp_path)
    assert trainer.step == 6
    model = load_checkpoint(tmp_path / "model")
    assert torch.isfinite(model.transformer.wan.proj_out.weight).all()
    assert (model.config.trained, model.config.size, model.config.frames) == (True, (64, 48), 5)
    assert load_settings(tmp_path / "settings.yaml") == SETTINGS
    assert json.loads((tmp_path / "data.json").read_text())[0]["clips"] == 6


def test_a_run_says_how_many_processes_it_has_and_what_they_multiply_in(shards, tmp_path, capsys):
    train(shards, tmp_path, dataclasses.replace(SETTINGS, precision="fp32"))
    assert "processes: 1, each on cpu; products in float32\n" in capsys.readouterr().out


def test_a_preset_can_be_changed(shards, tmp_path):
    changed = dataclasses.replace(SETTINGS, phases=SETTINGS.phases[:1], model={"shared_blocks": 0})
    train(shards, tmp_path, changed)
    assert load_checkpoint(tmp_path / "model").config.shared_blocks == 0
    assert load_settings(tmp_path / "settings.yaml").model == {"shared_blocks": 0}


def test_a_wrong_change_is_named(shards, tmp_path):
    wrong = dataclasses.replace(SETTINGS, model={"layers": 3})
    with pytest.raises(ValueError, match=r"unknown config keys .*layers"):
        train(shards, tmp_path, wrong)


def test_tensorboard_shows_losses_and_pictures(shards, tmp_path):
    trainer = train(shards, tmp_path)
    trainer.log.board.close()
    events = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    pictures = events.Images("clips")
    assert [picture.step for picture in pictures] == [3, 6]
    # Input and four dense tasks with their targets; one clip a row, enlarged twice.
    assert (pictures[-1].width, pictures[-1].height) == (9 * 2 * 64, 2 * 48)


def test_a_run_on_stills_goes_on_where_no_clip_is_long_enough_to_be_shown(shards, tmp_path):
    nine = Phase(2, (64, 48), 9, 1, 4, stills=1.0)
    trainer = train(shards, tmp_path, dataclasses.replace(SETTINGS, phases=(nine,)))
    assert trainer.step == 2


def test_resuming_gives_the_same_numbers(shards, tmp_path):
    steady = dataclasses.replace(SETTINGS, optimiser=Optimiser(warmup=2, decay=0))
    first = dataclasses.replace(steady, phases=steady.phases[:1])
    straight = train(shards, tmp_path / "straight", steady)
    train(shards, tmp_path / "cut", first)
    resumed = train(shards, tmp_path / "cut", steady, resume=True)
    pairs = zip(
        straight.stage.model.state_dict().values(),
        resumed.stage.model.state_dict().values(),
        strict=True,
    )
    assert all(torch.equal(a, b) for a, b in pairs)


def test_codec_learns_a_teachers_latents(shards, tmp_path):
    torch.manual_seed(0)
    AutoencoderKLWan(base_dim=8).save_pretrained(tmp_path / "vae")
    settings = dataclasses.replace(SETTINGS, phases=(Phase(8, (32, 32), 5, 1, 2),))
    assert train_codec(settings, shards, tmp_path / "vae", tmp_path) == 0
    assert load_settings(tmp_path / "run" / "settings.yaml").teacher == str(tmp_path / "vae")


def test_missing_teacher_is_one_line(shards, tmp_path, capsys):
    assert train_codec(SETTINGS, shards, tmp_path / "none", tmp_path) == 1
    assert "is not an AutoencoderKLWan" in capsys.readouterr().err
