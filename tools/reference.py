# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Write docs/topics.md (README's table and msg/) and docs/parameters.md (thfm_ros/options.py).

python tools/reference.py          write them
python tools/reference.py --check  only say whether they are up to date (exit status)
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from thfm_ros.options import OPTIONS, Option

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
WRITTEN = "Written by `python tools/reference.py` from {}; do not edit."
# type name [= value]  # comment
_LINE = re.compile(r"(?P<type>[\w/\[\]]+)\s+(?P<name>\w+)(=(?P<value>\S+))?\s*(#\s*(?P<text>.*))?$")


def pages() -> dict[Path, str]:
    """Return what each page says."""
    return {DOCS / "topics.md": topics(), DOCS / "parameters.md": parameters()}


def topics() -> str:
    """Return README's table of topics, and a section for each message of ours."""
    readme = (ROOT / "README.md").read_text()
    table = re.search(r"^\| topic .*?\n\n", readme, re.M | re.S)[0]
    # Links of the README count from the root of the repository.
    table = table.replace("](docs/", "](").replace("](models/", "](../models/")
    messages = sorted((ROOT / "msg").glob("*.msg"))
    sections = [f"## {path.stem}\n\n{_message(path.read_text())}" for path in messages]
    source = "README.md and `msg/`"
    return "\n".join(["# Topics and messages", "", WRITTEN.format(source), "", table, *sections])


def _message(text: str) -> str:
    """Return a message's own words, its constants and its fields."""
    head = [line[1:].strip() for line in text.splitlines() if line.startswith("#")]
    lines = [_LINE.match(line) for line in text.splitlines() if line and line[0] != "#"]
    constants = [(f"`{m['name']}` = {m['value']}", m["text"]) for m in lines if m["value"]]
    fields = [(f"`{m['name']}`", f"`{m['type']}`", m["text"]) for m in lines if not m["value"]]
    parts = [" ".join(head) + "\n"]
    if constants:
        parts += [_table(("constant", "meaning"), constants)]
    if fields:
        parts += [_table(("field", "type", "meaning"), fields)]
    return "\n".join(parts)


def parameters() -> str:
    """Return a table of every parameter, those with a common first name together."""
    rows = [
        (f"`{o.name}`", _value(o.default), _allowed(o), o.description + (" *" if o.dynamic else ""))
        for o in OPTIONS
    ]
    return "\n".join(
        [
            "# Parameters",
            "",
            WRITTEN.format("`thfm_ros/options.py`"),
            "",
            "Each is a parameter of perception_node and, with `_` for `.`, a launch argument:",
            "`ros2 launch thfm_ros perception.launch.py people_max:=2`. Those with * may change",
            "while the node is active; the others are read when it is configured.",
            "",
            _table(("parameter", "default", "allowed", "what it means"), rows),
        ]
    )


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(f"`{name}`" for name in value)
    return (
        f"`{str(value).lower() if isinstance(value, bool) else value}`" if value != "" else "empty"
    )


def _allowed(option: Option) -> str:
    if option.allowed:
        return ", ".join(f"`{name}`" for name in option.allowed)
    if option.bounds:
        return "{:g} to {:g}".format(*option.bounds)
    return {bool: "`true`, `false`", tuple: "a list"}.get(type(option.default), "any")


def _table(heads: tuple[str, ...], rows: list[tuple]) -> str:
    def lines() -> Iterator[str]:
        yield f"| {' | '.join(heads)} |"
        yield f"|{' --- |' * len(heads)}"
        for row in rows:
            cells = (str(cell or "").replace("|", "\\|") for cell in row)
            yield f"| {' | '.join(cells)} |"

    return "\n".join(lines()) + "\n"


def main(words: list[str]) -> int:
    stale = [path for path, text in pages().items() if not _is(path, text)]
    for path in stale:
        if "--check" in words:
            print(f"{path.relative_to(ROOT)} is not up to date: python tools/reference.py")
        else:
            path.write_text(pages()[path])
    return int(bool(stale) and "--check" in words)


def _is(path: Path, text: str) -> bool:
    return path.exists() and path.read_text() == text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
