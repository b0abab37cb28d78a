# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The way in for pip: ``pip install --no-build-isolation .`` in a ROS 2 environment.

colcon does not read this file (package.xml says ament_cmake). Both run the same CMakeLists.txt,
which generates thfm_ros.msg from msg/; here CMake's install tree becomes the content of the wheel.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

from setuptools import Distribution, setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).resolve().parent
MANIFEST = ElementTree.parse(HERE / "package.xml").getroot()


def requirements(path: Path) -> list[str]:
    """Return the requirement lines of a pip requirements file."""
    lines = (line.strip() for line in path.read_text().splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def check_build_tools() -> None:
    """End with one line that says what the messages cannot be built without, before CMake tries."""
    modules = [
        m for m in ("ament_package", "catkin_pkg", "numpy") if not importlib.util.find_spec(m)
    ]
    programs = [program for program in ("cmake", "c++", "make") if not shutil.which(program)]
    if programs:
        raise SystemExit(f"thfm_ros: {', '.join(programs)} missing: apt install cmake g++ make")
    if modules:
        raise SystemExit(
            f"thfm_ros: Python finds no {', '.join(modules)}. Source a ROS 2, or install its "
            "wheels (requirements-ros.txt), and: pip install --no-build-isolation ."
        )


class BinaryDistribution(Distribution):
    """The generated message modules are compiled for one Python and one machine."""

    def has_ext_modules(self) -> bool:
        """Make the wheel's name carry the platform."""
        return True


class BuildWithCMake(build_py):
    """Run CMake's configure, build and install; take its Python package and its data files."""

    def run(self) -> None:
        """Fill build_lib and the distribution's data files."""
        temporary = Path(self.get_finalized_command("build").build_temp).resolve()
        stage = temporary / "stage"
        shutil.rmtree(stage, ignore_errors=True)
        self._cmake(temporary / "cmake", stage)
        shutil.copytree(
            stage / "python" / "thfm_ros",
            Path(self.build_lib) / "thfm_ros",
            dirs_exist_ok=True,
            ignore=shutil.ignore_patterns("__pycache__", "*.c"),
        )
        folders: dict[str, list[str]] = {}
        for path in sorted(stage.rglob("*")):
            relative = path.relative_to(stage)
            if path.is_file() and relative.parts[0] in ("lib", "share"):
                folders.setdefault(str(relative.parent), []).append(os.path.relpath(path, HERE))
        self.distribution.data_files = sorted(folders.items())

    def _cmake(self, build: Path, stage: Path) -> None:
        check_build_tools()
        prefixes = (os.environ.get("CMAKE_PREFIX_PATH"), os.environ.get("AMENT_PREFIX_PATH"))
        path = os.pathsep.join(prefix for prefix in (*prefixes, sys.prefix) if prefix)
        environment = dict(os.environ, CMAKE_PREFIX_PATH=path, AMENT_PREFIX_PATH=path)
        configure = [
            *("cmake", "-S", str(HERE), "-B", str(build)),
            "-DBUILD_TESTING=OFF",
            f"-DPython3_EXECUTABLE={sys.executable}",
            f"-DCMAKE_INSTALL_PREFIX={stage}",
            "-DPYTHON_INSTALL_DIR=python",
        ]
        subprocess.check_call(configure, env=environment)
        install = ["cmake", "--build", str(build), "--parallel", "--target", "install"]
        subprocess.check_call(install, env=environment)


setup(
    name=MANIFEST.findtext("name"),
    version=MANIFEST.findtext("version"),
    description=MANIFEST.findtext("description"),
    license=MANIFEST.findtext("license"),
    packages=["thfm_ros"],
    python_requires=">=3.10",
    install_requires=requirements(HERE / "requirements.txt"),
    entry_points={"console_scripts": ["thfm = thfm_ros.cli:main"]},
    cmdclass={"build_py": BuildWithCMake},
    distclass=BinaryDistribution,
    zip_safe=False,
)
