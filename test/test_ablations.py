# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import importlib.util
import sys
from pathlib import Path

import pytest
import yaml

from thfm_ros.model.config import ThfmConfig
from thfm_ros.model.presets import preset
from thfm_ros.training.stages import STAGES

TOOL = Path(__file__).resolve().parents[1] / "tools" / "ablations.py"


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("ablations", TOOL)
    module = importlib.util.module_from_spec(spec)
    # Dataclasses look their module up by its name.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_nested_settings_are_replaced_one_by_one(tool):
    base = {"phases": [{"steps": 1, "size": [64, 48]}], "optimiser": {"rate": 0.1, "warmup": 3}}
    settings = tool.merged(base, {"optimiser": {"rate": 0.2}})
    assert (settings.optimiser.rate, settings.optimiser.warmup) == (0.2, 3)


def test_every_run_can_be_built(tool):
    plan = yaml.safe_load(tool.PLAN.read_text())
    for run in plan["runs"].values():
        assert run["stage"] in STAGES
        assert run.get("from", "joint") in plan["runs"]
        changes = {k: v for k, v in run.items() if k not in tool.OWN_KEYS}
        settings = tool.merged(plan["base"], changes)
        ThfmConfig.from_json({**preset(settings.preset).to_json(), **settings.model})
