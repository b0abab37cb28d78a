# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Write docs/faults.md: each row of docs/data/faults.yaml beside the tests that are marked with it.

python tools/faults.py          write it
python tools/faults.py --check  only say whether it is up to date (exit status)
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
TABLE, PAGE = ROOT / "docs" / "data" / "faults.yaml", ROOT / "docs" / "faults.md"
HEAD = """# Faults

What goes wrong around a camera, what then happens, and the tests that show it. Written by
`python tools/faults.py` from the tests' markers and `docs/data/faults.yaml`; do not edit.
"""


def marked_tests() -> dict[str, list[str]]:
    """Return {row: [file::test]} of everything that @pytest.mark.fault(row, ...) marks."""
    found = defaultdict(list)
    for path in sorted((ROOT / "test").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                for row in _rows(node):
                    found[row].append(f"{path.relative_to(ROOT)}::{node.name}")
    return dict(found)


def _rows(function: ast.FunctionDef) -> Iterator[str]:
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.fault":
            yield from (argument.value for argument in decorator.args)


def page() -> str:
    """Return the page; ValueError names rows without a test or a reason, and unknown rows."""
    table, tests = yaml.safe_load(TABLE.read_text()), marked_tests()
    unknown = sorted(tests.keys() - table.keys())
    bare = [row for row, entry in table.items() if row not in tests and "because" not in entry]
    if unknown or bare:
        raise ValueError(f"unknown rows {unknown}; rows without test or reason {bare}")
    lines = [HEAD, "| | fault | what happens | shown by |", "| --- | --- | --- | --- |"]
    for row, entry in table.items():
        shown = [f"`{name.removeprefix('test/')}`" for name in tests.get(row, [])]
        if "because" in entry:
            less = "Not more, because: " if shown else "No test, because: "
            shown.append(less + entry["because"])
        lines.append(f"| {row} | {entry['fault']} | {entry['expected']} | {'<br>'.join(shown)} |")
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    """Write or check the page."""
    try:
        text = page()
    except ValueError as error:
        print(f"faults: {error}", file=sys.stderr)
        return 1
    if "--check" in arguments:
        if not PAGE.is_file() or PAGE.read_text() != text:
            print("faults: docs/faults.md is out of date: python tools/faults.py", file=sys.stderr)
            return 1
        return 0
    PAGE.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
