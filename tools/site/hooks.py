# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pages of the site that lie outside docs/, and links to files of the repository."""

from __future__ import annotations

import os
import re
from pathlib import Path

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parents[2]
PAGES = {
    "index.md": "README.md",
    "thfm-nano.md": "models/thfm-nano/README.md",
    "contributing.md": "CONTRIBUTING.md",
}
"""Page of the site: the file that it is."""
_LINK = re.compile(r"(?P<image>!?)\[(?P<text>[^\]]*)\]\((?P<target>[^)#\s]+)(?P<anchor>#[^)]*)?\)")


def on_files(files, config):
    """Add the pages that are files elsewhere."""
    for page, source in PAGES.items():
        text = (ROOT / source).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown, page, config, files):
    """Turn links between files of the repository into links between pages.

    A file that has no page becomes plain text; one that does not exist ends the build.
    """
    name = page.file.src_uri
    source = ROOT / PAGES.get(name, f"docs/{name}")

    def rewrite(link: re.Match) -> str:
        target = link["target"]
        if "://" in target or target.startswith("mailto:"):
            return link[0]
        file = Path(os.path.normpath(source.parent / target))
        if not file.exists():
            raise PluginError(f"{source.relative_to(ROOT)} links to {target}, which does not exist")
        where = _page_of(file)
        if where is None:
            return f"**{link['text']}**"
        return f"{link['image']}[{link['text']}]({where}{link['anchor'] or ''})"

    return _LINK.sub(rewrite, markdown)


def _page_of(file: Path) -> str | None:
    """Return where a file is on the site, None where it is not. All pages lie in one folder."""
    relative = str(file.relative_to(ROOT)) if file.is_relative_to(ROOT) else ""
    for page, source in PAGES.items():
        if relative == source:
            return page
    return relative.removeprefix("docs/") if relative.startswith("docs/") else None
