# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What docs/synthetic_people.md promises."""

import json
import re
from pathlib import Path

import numpy as np

from thfm_ros.synth import garments
from thfm_ros.synth.assets.sources import SOURCES

ROOT = Path(__file__).parents[2]
CARD = (ROOT / "docs" / "synthetic_people.md").read_text()


def test_the_example_garment_works_and_is_short(body, rng):
    code = re.search(r"```python\n(.*?)```", CARD, re.DOTALL)[1]
    assert len(code.splitlines()) <= 20
    names = {**vars(garments), "OUTFITS": dict(garments.OUTFITS)}
    exec(code, names)
    cut = names["waistcoat"](garments.BodyMap(body), rng)
    assert cut.keep.sum() > 500
    assert cut.offset.shape == cut.keep.shape
    assert names["waistcoat"] in names["OUTFITS"]["waiter"][1]


def test_every_source_is_named():
    assert all(source.package in CARD for source in SOURCES)


def test_pictures_are_there_and_small():
    for name in re.findall(r"\(images/(\S+)\)", CARD):
        assert (ROOT / "docs" / "images" / name).stat().st_size < 400_000


def test_speed_in_the_card_is_the_measured_one():
    report = json.loads((ROOT / "docs" / "data" / "synth_speed.json").read_text())
    for row in report["rows"]:
        fields = (
            row["size"],
            row["frames_per_clip"],
            row["cpu_ms_per_frame"],
            row["frames_per_second"],
        )
        assert "| " + " | ".join(str(field) for field in fields) + " |" in CARD
    assert np.isfinite(report["load_average"])
