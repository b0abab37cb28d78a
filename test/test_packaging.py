# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The package as ROS builds and installs it."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

import thfm_ros

ROOT = Path(__file__).resolve().parents[1]
FILES = ("CMakeLists.txt", "package.xml", "LICENSE")
FOLDERS = ("msg", "config", "launch", "models", "thfm_ros")


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Build a copy of the package with colcon; return the install prefix of the package."""
    workspace = tmp_path_factory.mktemp("workspace")
    source = workspace / "src" / "thfm_ros"
    source.mkdir(parents=True)
    for name in FILES:
        shutil.copy(ROOT / name, source)
    for name in FOLDERS:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, source / name, ignore=ignored)
    environment = dict(os.environ)
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    for variable in ("AMENT_PREFIX_PATH", "CMAKE_PREFIX_PATH"):
        known = [environment.get(variable, ""), sys.prefix]
        environment[variable] = os.pathsep.join(path for path in known if path)
    build = subprocess.run(
        ["colcon", "build", "--cmake-args", "-DBUILD_TESTING=OFF"],
        cwd=workspace,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert build.returncode == 0, build.stdout + build.stderr
    return workspace / "install" / "thfm_ros"


def run_installed(prefix, command, cwd):
    site = next(prefix.glob("l*/**/*-packages"))
    environment = dict(os.environ, PYTHONPATH=str(site))
    libraries = [str(prefix / "lib"), environment.get("LD_LIBRARY_PATH", "")]
    environment["LD_LIBRARY_PATH"] = os.pathsep.join(libraries)
    result = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def test_messages_and_modules_come_from_the_installed_tree(installed, tmp_path):
    code = (
        "import thfm_ros, thfm_ros.runtime, thfm_ros.nodes.messages as m;"
        "from thfm_ros.msg import Keypoints3D;"
        "from rclpy.serialization import serialize_message;"
        "serialize_message(Keypoints3D());"
        "print(thfm_ros.__file__, thfm_ros.runtime.__file__, m.__file__, Keypoints3D.__module__)"
    )
    places = run_installed(installed, [sys.executable, "-c", code], tmp_path).split()
    assert all(place.startswith(str(installed)) for place in places[:3])
    assert places[3].startswith("thfm_ros.msg")


def test_executables_are_where_ros2_run_looks(installed, tmp_path):
    folder = installed / "lib" / "thfm_ros"
    names = {path.name for path in folder.iterdir()}
    assert names == {"perception_node", "recorder_node", "replay_node", "thfm", "viewer_node"}
    assert "usage: thfm" in run_installed(installed, [folder / "thfm", "--help"], tmp_path)


@pytest.mark.fault("F42")
@pytest.mark.parametrize(("name", "status"), [("perception_node", 0), ("thfm", 130)])
def test_a_signal_while_modules_are_loading_ends_a_program_without_a_traceback(
    installed, name, status
):
    program = (installed / "lib" / "thfm_ros" / name).read_text()
    # The interpreter has to be up, and must not have got far.
    held = program.replace(
        "\nfrom thfm_ros", "\nprint('up', flush=True)\nimport time; time.sleep(30)\nfrom thfm_ros"
    )
    started = subprocess.Popen(
        [sys.executable, "-c", held],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert started.stdout.readline() == "up\n"
    started.send_signal(signal.SIGINT)
    _, errors = started.communicate(timeout=20)
    assert (started.returncode, errors) == (status, "")


def test_shared_files_are_installed(installed):
    share = installed / "share" / "thfm_ros"
    for name in ("package.xml", "launch/perception.launch.py", "msg/Person3D.msg"):
        assert (share / name).is_file()
    for path in (ROOT / "config").glob("*.*"):
        assert (share / "config" / path.name).is_file()
    marker = installed / "share" / "ament_index" / "resource_index" / "packages" / "thfm_ros"
    assert marker.is_file()


def test_pip_installed_package_works_from_anywhere(tmp_path):
    code = "import thfm_ros, thfm_ros.runtime; from thfm_ros.msg import Person2D; print(thfm_ros)"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True)


def test_every_message_is_built():
    named = set(re.findall(r'"(msg/\w+\.msg)"', (ROOT / "CMakeLists.txt").read_text()))
    assert named == {f"msg/{path.name}" for path in (ROOT / "msg").glob("*.msg")}


def test_every_field_of_every_message_is_documented():
    for path in (ROOT / "msg").glob("*.msg"):
        lines = [line for line in path.read_text().splitlines() if line.strip()]
        bare = [line for line in lines if "#" not in line]
        assert bare == [], f"{path.name}: {bare}"


def test_one_version_everywhere():
    manifest = ElementTree.parse(ROOT / "package.xml").getroot()
    assert manifest.findtext("version") == thfm_ros.__version__
    assert f"version: {thfm_ros.__version__}\n" in (ROOT / "CITATION.cff").read_text()
    released = re.findall(r"^(\d+\.\d+\.\d+) \(", (ROOT / "CHANGELOG.rst").read_text(), re.M)
    assert released[0] == thfm_ros.__version__


def test_what_nodes_import_is_in_the_manifest():
    manifest = ElementTree.parse(ROOT / "package.xml").getroot()
    named = {element.text for element in manifest if element.tag.endswith("depend")}
    sources = "".join(p.read_text() for p in (ROOT / "thfm_ros" / "nodes").glob("*.py"))
    used = set(re.findall(r"^from (\w+(?:_msgs|_interfaces)|rclpy)[. ]", sources, re.MULTILINE))
    assert used <= named
