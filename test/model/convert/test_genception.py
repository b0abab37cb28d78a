# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import json
import zipfile
from pathlib import Path

import ml_dtypes
import numpy as np
import torch

from thfm_ros import cli
from thfm_ros.model.checkpoint import load_transformer
from thfm_ros.model.convert.verify import verify

DATA = Path(__file__).parents[2] / "data" / "genception"
PARAMS, CONFIG, IO = (str(DATA / n) for n in ("params.npz", "config.json", "io.npz"))


def convert(*arguments):
    return cli.main(["convert", "genception", *map(str, arguments)])


def arrays():
    with np.load(PARAMS) as archive:
        return {name: archive[name] for name in archive.files}


def test_unknown_missing_and_misshapen_keys_are_listed_together(tmp_path, capsys):
    changed = arrays()
    changed["head.kernel.value"] = np.zeros((2, 2), np.float32)
    changed.pop("proj_out.bias.value")
    changed["scale_shift_table.value"] = np.zeros((1, 3, 48), np.float32)
    np.savez(tmp_path / "params.npz", **changed)
    assert (
        convert("--transformer", tmp_path / "params.npz", "--config", CONFIG, "--out", tmp_path)
        == 1
    )
    said = capsys.readouterr().err
    assert "params.npz: 3 problems" in said
    assert "missing proj_out.bias" in said
    assert "unknown head.kernel" in said
    assert "scale_shift_table has shape (1, 3, 48), expected (1, 2, 48)" in said
    assert not (tmp_path / "transformer.safetensors").exists()


def test_truncated_file_is_named(tmp_path, capsys):
    path = tmp_path / "cut.npz"
    path.write_bytes(Path(PARAMS).read_bytes()[:100_000])
    assert convert("--transformer", path, "--config", CONFIG, "--out", tmp_path / "out") == 1
    assert "cut.npz is not a readable .npz file" in capsys.readouterr().err


def test_config_of_another_size_is_refused(tmp_path, capsys):
    flat = json.loads(Path(CONFIG).read_text())["model"]
    (tmp_path / "big.json").write_text(json.dumps({**flat, "ffn_dim": 13824, "num_layers": 40}))
    code = convert(
        "--transformer", PARAMS, "--config", tmp_path / "big.json", "--out", tmp_path / "out"
    )
    assert code == 1
    said = capsys.readouterr().err
    assert "params.npz: " in said
    assert "num_layers is 40 in the config and 3 in the file" in said


def test_unknown_width_needs_a_config(tmp_path, capsys):
    assert convert("--transformer", PARAMS, "--out", tmp_path) == 1
    assert "is 48 wide" in capsys.readouterr().err


def test_object_arrays_are_never_unpickled(tmp_path, capsys):
    np.savez(tmp_path / "evil.npz", a=np.array([print], dtype=object))
    assert convert("--transformer", tmp_path / "evil.npz", "--out", tmp_path / "out") == 1
    assert "holds Python objects" in capsys.readouterr().err


def test_official_numbers_at_both_timesteps(tmp_path, capsys):
    code = convert("--transformer", PARAMS, "--config", CONFIG, "--out", tmp_path, "--verify", IO)
    said = capsys.readouterr().out
    assert code == 0
    assert "can be verified, but not run on video" in said
    rows = verify(load_transformer(tmp_path), IO)
    assert {row.output for row in rows} == {
        f"{prefix}{name}"
        for prefix in ("", "alt_")
        for name in ("pred_latents1", "token1_pred", "token2_pred")
    }
    assert max(row.max_abs for row in rows) < 1e-4


def test_verification_fails_above_the_tolerance(tmp_path, capsys):
    changed = arrays()
    changed["proj_out.bias.value"] += 0.01
    np.savez(tmp_path / "params.npz", **changed)
    code = convert(
        "--transformer", tmp_path / "params.npz", "--config", CONFIG, "--out", tmp_path / "out",
        "--verify", IO,
    )  # fmt: skip
    assert code == 1
    assert "ABOVE the tolerance" in capsys.readouterr().out


def test_names_without_the_value_suffix_convert_too(tmp_path):
    np.savez(tmp_path / "p.npz", **{n.removesuffix(".value"): a for n, a in arrays().items()})
    assert (
        convert("--transformer", tmp_path / "p.npz", "--config", CONFIG, "--out", tmp_path / "o")
        == 0
    )


def test_bfloat16_stored_as_opaque_bytes(tmp_path):
    half = {n: a.astype(ml_dtypes.bfloat16).view("V2") for n, a in arrays().items()}
    np.savez(tmp_path / "p.npz", **half)
    convert("--transformer", tmp_path / "p.npz", "--config", CONFIG, "--out", tmp_path / "o")
    rounded = torch.from_numpy(arrays()["blocks.attn1.query.kernel.value"][1]).bfloat16().float()
    loaded = load_transformer(tmp_path / "o").transformer.wan.blocks[1].attn1.to_q.weight
    assert torch.equal(loaded, rounded.T)
    rows = verify(load_transformer(tmp_path / "o"), IO)
    assert max(row.relative_rms for row in rows) < 0.02


def test_the_config_says_what_the_weights_mean(tmp_path):
    convert("--transformer", PARAMS, "--config", CONFIG, "--out", tmp_path)
    config = load_transformer(tmp_path).config
    assert (config.timestep, config.negate, config.normalize_latents) == (0, True, False)
    assert [(g.name, g.joints, g.values, g.meaning) for g in config.tokens] == [
        ("token1", 13, 1, "opaque"),
        ("token2", 33, 3, "opaque"),
    ]
    assert config.depth.colours == "cube"


def test_shipped_config_may_change_the_timestep(tmp_path):
    flat = json.loads(Path(CONFIG).read_text())["model"]
    (tmp_path / "old.json").write_text(json.dumps({**flat, "diffusion_single_step": -1}))
    convert("--transformer", PARAMS, "--config", tmp_path / "old.json", "--out", tmp_path / "o")
    assert load_transformer(tmp_path / "o").config.timestep == 49


def test_prompt_of_the_wrong_width_is_named(tmp_path, capsys):
    np.save(tmp_path / "depth.npy", np.zeros((5, 31), np.float32))
    code = convert(
        "--transformer", PARAMS, "--config", CONFIG, "--out", tmp_path / "o",
        "--prompt", f"depth={tmp_path / 'depth.npy'}",
    )  # fmt: skip
    assert code == 1
    assert "depth.npy has shape (5, 31), allowed is [length, 32]" in capsys.readouterr().err


def test_a_compressed_npz_converts_too(tmp_path):
    np.savez_compressed(tmp_path / "p.npz", **arrays())
    assert zipfile.ZipFile(tmp_path / "p.npz").infolist()[0].compress_type == zipfile.ZIP_DEFLATED
    assert (
        convert("--transformer", tmp_path / "p.npz", "--config", CONFIG, "--out", tmp_path / "o")
        == 0
    )
