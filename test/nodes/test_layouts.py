# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The layouts for RViz and Foxglove show topics that exist, as the types that they show."""

import json
import re
from pathlib import Path

import pytest
import yaml

from thfm_ros.nodes.outputs import OUTPUTS

CONFIG = Path(__file__).resolve().parents[2] / "config"
TYPES = {f"/thfm/{output.topic}": output.type.__name__ for output in OUTPUTS}
OTHERS = {"/thfm/stats", "/thfm/annotations", "/diagnostics"}


def displays():
    tree = yaml.safe_load((CONFIG / "perception.rviz").read_text())
    shown = tree["Visualization Manager"]["Displays"]
    return [display for display in shown if "Topic" in display]


@pytest.mark.parametrize("display", displays(), ids=lambda display: display["Name"])
def test_every_display_of_rviz_shows_a_topic_of_its_type(display):
    assert TYPES[display["Topic"]["Value"]] == display["Class"].rpartition("/")[2]


def test_every_panel_of_foxglove_shows_a_topic():
    text = (CONFIG / "perception.foxglove.json").read_text()
    layout = json.loads(text)
    topics = {name.split(".")[0] for name in re.findall(r'"(/[\w/.]+)"', text)}
    assert len(topics) >= 7
    assert topics <= {*TYPES, *OTHERS}
    placed = set(re.findall(r'"(\w+!\w+)"', json.dumps(layout["layout"])))
    assert placed == set(layout["configById"])
