# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from thfm_ros.synth.assets.sources import SOURCES, Source, find


def test_an_unknown_kind_of_package_is_refused():
    with pytest.raises(ValueError, match=r"Source\.kind is 'conda'"):
        Source("conda", "x", "y", "z")


def test_every_source_names_its_licence():
    assert all(source.licence and source.gives for source in SOURCES)


def test_a_package_that_is_not_there_is_none(tmp_path):
    assert find(Source("pip", "no_such_package_here", "nothing", "none"), tmp_path) is None


def test_an_installed_python_package_is_found(tmp_path):
    found = find(Source("pip", "numpy", "arrays", "BSD"), tmp_path)
    assert found.root.name == "numpy"
    assert found.version


def test_apt_and_npm_packages_are_none_where_the_tools_are_missing(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find(Source("apt", "blender-data", "panoramas", "CC0"), tmp_path) is None
    assert find(Source("npm", "@pmndrs/assets", "panoramas", "CC0"), tmp_path) is None
