# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import json
from pathlib import Path

import numpy as np

from thfm_ros.evaluation.report import document


def test_what_json_cannot_say_is_null_or_text():
    value = {"a": float("nan"), "b": (1, float("inf")), "c": Path("x"), 3: True, "d": None}
    assert document.clean(value) == {"a": None, "b": [1, None], "c": "x", "3": True, "d": None}


def test_six_decimals_and_numpy_floats():
    assert document.clean(0.123456789) == 0.123457
    assert document.clean(np.float64(0.5)) == 0.5


def test_a_document_is_written_with_its_folders(tmp_path):
    document.write({"metrics": {"mask_iou": 0.5}}, tmp_path / "a" / "b.json")
    assert json.loads((tmp_path / "a" / "b.json").read_text())["metrics"] == {"mask_iou": 0.5}


def test_versions_name_ours_and_torch():
    assert {"thfm_ros", "python", "torch", "numpy", "rosbags"} <= document.versions().keys()


def test_a_brief_document_has_no_rows_but_everything_else():
    part = {"metrics": {"a": 1}, "frames": {"answered": 2, "unanswered": 0, "rows": {"a": [1, 2]}}}
    short = document.brief({**part, "peers": {"other": part}})
    assert short["frames"] == short["peers"]["other"]["frames"] == {"answered": 2, "unanswered": 0}
    assert short["metrics"] == {"a": 1}


def test_an_absolute_path_is_not_told():
    assert document._name("/home/somebody/bag") == "bag"
    assert document._name("--json") == "--json"
