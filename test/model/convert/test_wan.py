# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKLWan, WanTransformer3DModel
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, UMT5Config, UMT5EncoderModel

from thfm_ros import cli, tasks
from thfm_ros.model.checkpoint import load_checkpoint

TEXT_DIM = 32


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Return a tiny directory in the layout of Wan2.1-T2V-1.3B-Diffusers."""
    torch.manual_seed(0)
    directory = tmp_path_factory.mktemp("wan")
    WanTransformer3DModel(
        num_attention_heads=2, attention_head_dim=12, text_dim=TEXT_DIM, freq_dim=16, ffn_dim=32,
        num_layers=2,
    ).save_pretrained(directory / "transformer", max_shard_size="50KB")  # fmt: skip
    AutoencoderKLWan(base_dim=8).save_pretrained(directory / "vae")
    config = UMT5Config(vocab_size=64, d_model=TEXT_DIM, d_kv=8, d_ff=32, num_layers=2, num_heads=2)
    UMT5EncoderModel(config).save_pretrained(directory / "text_encoder")
    words = {word: i for i, word in enumerate(["<pad>", "</s>", "<unk>", "Input", "RGB", "Output"])}
    tokenizer = Tokenizer(models.WordLevel(words, "<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    ).save_pretrained(directory / "tokenizer")
    return directory


def test_missing_directory_is_named(tmp_path, capsys):
    assert cli.main(["convert", "wan", str(tmp_path / "no"), "--out", str(tmp_path / "o")]) == 1
    assert "transformer/config.json" in capsys.readouterr().err


def test_image_to_video_is_refused(tmp_path, capsys):
    (tmp_path / "transformer").mkdir()
    (tmp_path / "transformer" / "config.json").write_text(json.dumps({"image_dim": 1280}))
    assert cli.main(["convert", "wan", str(tmp_path), "--out", str(tmp_path / "o")]) == 1
    assert "image-to-video" in capsys.readouterr().err


def test_video_path_as_published_tokens_fresh_and_it_runs(published, tmp_path):
    assert cli.main(["convert", "wan", str(published), "--out", str(tmp_path)]) == 0
    model = load_checkpoint(tmp_path)
    original = WanTransformer3DModel.from_pretrained(published / "transformer")
    state = model.transformer.wan.state_dict()
    assert all(torch.equal(state[n], t) for n, t in original.state_dict().items())
    assert not model.config.trained
    assert model.config.normalize_latents
    assert model.prompts[tasks.TASKS["depth"].prompt].shape == (226, TEXT_DIM)
    with torch.no_grad():
        outputs = model(torch.rand(1, 3, 5, 32, 32), model.config.tasks)
    assert outputs.tokens["landmarks3d"].shape == (1, 5, 33, 3)
    assert outputs.dense["mask"].isfinite().all()


def test_padding_rows_of_prompts_are_zero(published, tmp_path):
    code = cli.main(
        ["prompts", "--text-encoder", str(published / "text_encoder"), "--out", str(tmp_path)]
    )
    assert code == 0
    from safetensors.torch import load_file

    states = load_file(tmp_path / "prompts.safetensors")[tasks.TASKS["depth"].prompt]
    assert states[0].abs().sum() > 0
    assert states[-1].abs().sum() == 0


def test_prompt_states_from_files(published, tmp_path):
    entries = []
    for task in tasks.STANDARD:
        np.save(tmp_path / f"{task}.npy", np.ones((3, TEXT_DIM), np.float32))
        entries += ["--prompt", f"{task}={tmp_path / task}.npy"]
    out = tmp_path / "o"
    assert cli.main(["convert", "wan", str(published), "--out", str(out), *entries]) == 0
    assert load_checkpoint(out).prompts[tasks.TASKS["mask"].prompt].shape == (3, TEXT_DIM)
