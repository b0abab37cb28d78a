# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from thfm_ros.model.checkpoint import CheckpointError, load_checkpoint, save_checkpoint
from thfm_ros.model.presets import preset
from thfm_ros.model.thfm import Thfm


@pytest.fixture
def directory(tmp_path):
    torch.manual_seed(0)
    save_checkpoint(Thfm(preset("tiny")), tmp_path)
    return tmp_path


def rewrite(path, change):
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path)


@pytest.mark.fault("F37")
def test_missing_directory(tmp_path):
    with pytest.raises(CheckpointError, match="nowhere is not a directory"):
        load_checkpoint(tmp_path / "nowhere")


@pytest.mark.fault("F37")
def test_a_pickle_is_refused(tmp_path):
    torch.save({}, tmp_path / "model.pt")
    with pytest.raises(CheckpointError, match=r"no config.json; \['model.pt'\] are pickles"):
        load_checkpoint(tmp_path)


@pytest.mark.fault("F37")
def test_a_pickle_named_safetensors_is_refused_unread(directory):
    torch.save({"a": torch.zeros(1)}, directory / "codec.safetensors")
    with pytest.raises(CheckpointError, match=r"codec\.safetensors is not a readable safetensors"):
        load_checkpoint(directory)


@pytest.mark.fault("F37")
def test_missing_and_unknown_keys_are_listed(directory):
    path = directory / "transformer.safetensors"
    rewrite(path, lambda t: t.update(extra=t.pop("wan.proj_out.bias")))
    with pytest.raises(CheckpointError, match=r"1 missing keys \['wan.proj_out.bias'\].*'extra'"):
        load_checkpoint(directory)


@pytest.mark.fault("F37")
def test_wrong_shape_is_named(directory):
    rewrite(
        directory / "transformer.safetensors",
        lambda t: t.update({"wan.proj_out.bias": torch.zeros(3)}),
    )
    with pytest.raises(CheckpointError, match=r"wan.proj_out.bias has shape \(3,\)"):
        load_checkpoint(directory)


@pytest.mark.fault("F37")
def test_truncated_file_is_named(directory):
    path = directory / "transformer.safetensors"
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(CheckpointError, match=r"transformer\.safetensors is not a readable"):
        load_checkpoint(directory)


def test_missing_prompt_is_named(directory):
    rewrite(directory / "prompts.safetensors", lambda t: t.pop("Input: RGB. Output: Depth."))
    with pytest.raises(CheckpointError, match=r"lacks the prompts .*Depth"):
        load_checkpoint(directory)


@pytest.mark.fault("F37")
@pytest.mark.parametrize("text", ["{", "[]", '{"name": "x"}'])
def test_bad_config_is_named(directory, text):
    (directory / "config.json").write_text(text)
    with pytest.raises(CheckpointError, match=r"config\.json"):
        load_checkpoint(directory)


@pytest.mark.fault("F37")
def test_oversized_config_is_not_read(directory):
    (directory / "config.json").write_text(json.dumps({"name": "x" * (1 << 20)}))
    with pytest.raises(CheckpointError, match="allowed is 1 MiB"):
        load_checkpoint(directory)


def test_save_and_load_is_bit_exact(tmp_path):
    torch.manual_seed(1)
    model = Thfm(preset("tiny")).eval()
    save_checkpoint(model, tmp_path)
    loaded = load_checkpoint(tmp_path)
    assert loaded.config == model.config
    clip = torch.rand(1, 3, 5, 48, 64)
    with torch.no_grad():
        a, b = (m(clip, model.config.tasks) for m in (model, loaded))
    assert all(torch.equal(a.dense[name], b.dense[name]) for name in a.dense)
    assert torch.equal(a.tokens["body"], b.tokens["body"])


def test_bfloat16_halves_the_file_and_loads(tmp_path):
    model = Thfm(preset("tiny"))
    save_checkpoint(model, tmp_path / "full")
    save_checkpoint(model, tmp_path / "half", torch.bfloat16)
    full, half = (tmp_path / n / "transformer.safetensors" for n in ("full", "half"))
    assert half.stat().st_size < 0.7 * full.stat().st_size
    assert load_checkpoint(tmp_path / "half").mean.dtype == torch.float32
