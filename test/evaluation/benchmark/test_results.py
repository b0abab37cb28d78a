# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import pytest

from thfm_ros import cli
from thfm_ros.evaluation.benchmark.results import compare, document, read, write


def timed(**medians):
    return document(
        "a test", [{"name": n, "milliseconds": {"p50": value}} for n, value in medians.items()]
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "cannot be read"),
        ("{", "cannot be read"),
        ("[]", "schema None"),
        ('{"schema": "other"}', "schema 'other', allowed is 'thfm bench 1'"),
    ],
)
def test_what_is_no_document_is_refused(tmp_path, text, problem):
    path = tmp_path / "found.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ValueError, match=problem):
        read(path)


def test_rows_of_one_name_are_compared_and_the_others_named():
    lines = compare(timed(a=10.0, b=4.0), timed(a=5.0, c=1.0)).splitlines()
    assert lines[0].split() == ["a", "10.00", "ms", "5.00", "ms", "x", "0.500"]
    assert lines[1:] == ["only before: b", "only after: c"]


def test_other_machines_are_no_comparison_without_a_word():
    here, there = timed(a=1.0), timed(a=1.0)
    there["machine"] = {**there["machine"], "cpu": "abacus"}
    assert "not the same machine: cpu was" in compare(here, there)


def test_skipped_rows_are_no_failure():
    skipped = document("a test", [{"name": "a", "skipped": "out of time"}])
    assert compare(skipped, timed(a=1.0)) == ""


def test_the_command_prints_ratios(tmp_path, capsys):
    for name, value in (("a", 10.0), ("b", 20.0)):
        write(tmp_path / name, timed(window=value))
    assert json.loads((tmp_path / "a").read_text())["schema"] == "thfm bench 1"
    assert cli.main(["bench", "--compare", str(tmp_path / "a"), str(tmp_path / "b")]) == 0
    assert "x 2.000" in capsys.readouterr().out
    assert cli.main(["bench", "--compare", str(tmp_path / "a"), str(tmp_path / "none")]) == 1
    assert "cannot be read" in capsys.readouterr().err
