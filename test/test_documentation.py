# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The site builds, its links lead somewhere, and generated pages are what their sources say."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from thfm_ros.evaluation.datasets.registry import DataSet

ROOT = Path(__file__).resolve().parents[1]


def run(*words):
    command = [sys.executable, *map(str, words)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_topics_and_parameters_are_up_to_date():
    result = run(ROOT / "tools" / "reference.py", "--check")
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.fixture
def hooks():
    pytest.importorskip("mkdocs")
    path = ROOT / "tools" / "site" / "hooks.py"
    spec = importlib.util.spec_from_file_location("hooks", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rewritten(hooks, name, markdown):
    class Page:
        class file:  # noqa: N801 - as mkdocs has it
            src_uri = name

    return hooks.on_page_markdown(markdown, Page, None, None)


def test_a_link_that_leads_nowhere_ends_the_build(hooks):
    with pytest.raises(Exception, match=r"docs/faq.md links to gone.md, which does not exist"):
        rewritten(hooks, "faq.md", "[see](gone.md)")


@pytest.mark.parametrize(
    ("page", "link", "becomes"),
    [
        ("faq.md", "[card](../models/thfm-nano/README.md#figures)", "[card](thfm-nano.md#figures)"),
        ("index.md", "[safety](docs/safety.md)", "[safety](safety.md)"),
        ("thfm-nano.md", "![p](../../docs/images/nano_photos.jpg)", "![p](images/nano_photos.jpg)"),
        ("recipes.md", "[files](../examples)", "**files**"),
        ("faq.md", "[there](https://mcap.dev)", "[there](https://mcap.dev)"),
    ],
)
def test_links_between_files_become_links_between_pages(hooks, page, link, becomes):
    assert rewritten(hooks, page, link) == becomes


def test_the_site_builds(tmp_path):
    pytest.importorskip("material")
    options = ("--config-file", ROOT / "tools" / "site" / "mkdocs.yml", "--site-dir", tmp_path)
    result = run("-m", "mkdocs", "build", "--quiet", *options)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "people in front of its camera" in (tmp_path / "index.html").read_text()
    assert "fonts.googleapis" not in (tmp_path / "index.html").read_text()


def test_the_readme_is_short_and_its_picture_small():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 130
    assert (ROOT / "docs" / "images" / "demo.webp").stat().st_size <= 3_000_000


def test_the_readmes_subscriber_is_twelve_lines_that_compile():
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    assert len([line for line in code.splitlines() if line]) <= 12
    compile(code, "README.md", "exec")


def test_the_data_set_of_the_walk_through_is_read(tmp_path):
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "extend.md").read_text(), re.S)
    namespace = {}
    exec(compile(code, "extend.md", "exec"), namespace)
    picture = np.full((8, 10, 3), 200, np.uint8)
    for name in ("anna", "bert"):
        cv2.imwrite(str(tmp_path / f"{name}.jpg"), picture)
        cv2.imwrite(str(tmp_path / f"{name}_mask.png"), picture[..., 0])
    samples = list(namespace["read"](tmp_path, {}))
    assert len(samples) == 2
    assert samples[0].frame.image.shape == (8, 10, 3)
    assert samples[0].truth.mask[0, 0] == pytest.approx(200 / 255)
    described = DataSet(namespace["read"], namespace["SPLIT"], namespace["PROTOCOL"], "here")
    assert described.split == "all pictures"
