# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
from thfm_ros.synth import benchmark


def test_the_report_has_a_row_a_case(pack, monkeypatch):
    monkeypatch.setattr(benchmark, "CASES", (((32, 24), 2),))
    report = benchmark.measure_speed(pack, workers=1, clips=2)
    (row,) = report["rows"]
    assert row["size"] == "32x24"
    assert row["frames_per_second"] > 0
    assert "cores" in report["machine"]
