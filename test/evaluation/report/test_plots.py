# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
from xml.etree import ElementTree

import numpy as np
import pytest

from thfm_ros.evaluation.report import plots

NAN = float("nan")


def draw(y, x=None):
    y = np.array(y, float)
    return plots.lines([plots.Series("ours", np.arange(len(y)) if x is None else x, y)])


def elements(svg, name):
    return [e for e in ElementTree.fromstring(svg).iter() if e.tag == name]


def test_nothing_to_draw_is_nothing():
    assert plots.lines([]) == ""
    assert draw([NAN, NAN]) == ""
    assert plots.histogram([], {}) == ""


@pytest.mark.parametrize("values", [[1], [0, 0], [5e-9, 6e-9], [1e12, -3], [NAN, 2, NAN]])
def test_any_values_make_a_picture(values):
    svg = draw(values)
    ElementTree.fromstring(svg)
    assert "nan" not in svg
    assert "inf" not in svg


def test_a_gap_in_the_values_is_a_gap_in_the_line():
    assert len(elements(draw([1, 2, NAN, 2, 1]), "polyline")) == 2
    assert len(elements(draw([1, NAN, 2, 1]), "circle")) == 1


def test_larger_values_lie_higher():
    points = elements(draw([1, 3]), "polyline")[0].get("points").split()
    heights = [float(point.split(",")[1]) for point in points]
    assert heights[1] < heights[0]


def test_long_recordings_are_thinned_but_keep_their_peaks():
    y = np.zeros(10_000)
    y[1234] = 7
    svg = draw(y)
    points = [p for e in elements(svg, "polyline") for p in e.get("points").split()]
    assert len(points) <= 400
    assert min(float(p.split(",")[1]) for p in points) < 40


def test_a_histogram_counts_everything():
    svg = plots.histogram([1.0, 1.1, 1.2, 50.0], {"p50": 1.1})
    counts = [int(e.text.rpartition(": ")[2]) for e in elements(svg, "title")]
    assert sum(counts) == 4
    assert "p50" in svg


def test_names_are_escaped():
    assert "<b>" not in plots.histogram([1.0, 2.0], {"<b>": 1.0})
