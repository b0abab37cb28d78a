# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import json
from pathlib import Path

from thfm_ros.evaluation.benchmark.gpu_plan import plan, to_markdown

ROOT = Path(__file__).parents[3]


def test_documented_plan_is_what_the_command_computes():
    figures = plan()
    assert figures == json.loads((ROOT / "docs" / "data" / "gpu_plan.json").read_text())
    assert to_markdown(figures) in (ROOT / "docs" / "performance.md").read_text()


def test_the_tiny_autoencoder_is_many_times_cheaper():
    row = json.loads((ROOT / "docs" / "data" / "gpu_plan.json").read_text())["rows"][0]["tflop"]
    wan, tiny = (row[f"{name}_encode"] + row[f"{name}_decode"] for name in ("wan", "taehv"))
    assert 10 < wan / tiny < 30
