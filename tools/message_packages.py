# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Build message packages that a robot has and the wheels have not, from their definitions.

python tools/message_packages.py build/messages

Prints, as JSON, the environment variables of processes that are to have them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path

from thfm_ros.interfaces import COMPRESSED_VIDEO, FFMPEG_PACKET, VIDEO

DEFINITIONS = {
    COMPRESSED_VIDEO: VIDEO[COMPRESSED_VIDEO],
    FFMPEG_PACKET: VIDEO[FFMPEG_PACKET],
    "tf2_msgs/msg/TFMessage": "geometry_msgs/TransformStamped[] transforms\n",
}
CMAKE = """cmake_minimum_required(VERSION 3.19)
project({package})
find_package(ament_cmake REQUIRED)
find_package(rosidl_default_generators REQUIRED)
foreach(needed {needed})
  find_package(${{needed}} REQUIRED)
endforeach()
rosidl_generate_interfaces({package} "msg/{name}.msg" DEPENDENCIES {needed})
ament_package()
"""
PACKAGE = """<package format="3">
  <name>{package}</name><version>0.0.0</version><description>For tests.</description>
  <maintainer email="nobody@example.org">nobody</maintainer><license>Apache-2.0</license>
  <member_of_group>rosidl_interface_packages</member_of_group>
</package>
"""


def main() -> int:
    """Build what is not there; say how to use it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("prefix", type=Path, help="folder to install into")
    prefix = parser.parse_args().prefix.resolve()
    for full_name, definition in DEFINITIONS.items():
        package, _, name = full_name.split("/")
        built = prefix / "source" / package / "msg" / f"{name}.msg"
        there = built.exists() and built.read_text() == definition
        if not there and find_spec(package) is None:
            build(prefix, package, name, definition)
    modules = sysconfig.get_path("purelib", vars={"base": str(prefix)})
    print(json.dumps({"PYTHONPATH": modules, "LD_LIBRARY_PATH": str(prefix / "lib")}))
    return 0


def build(prefix: Path, package: str, name: str, definition: str) -> None:
    """Generate, compile and install one package of one message."""
    source = prefix / "source" / package
    (source / "msg").mkdir(parents=True, exist_ok=True)
    words = [line.split("/")[0] for line in definition.splitlines() if "/" in line.split()[0]]
    fields = {"package": package, "name": name, "needed": " ".join(sorted(set(words)))}
    (source / "CMakeLists.txt").write_text(CMAKE.format(**fields))
    (source / "package.xml").write_text(PACKAGE.format(**fields))
    message = source / "msg" / f"{name}.msg"
    message.write_text(definition)
    variables = dict(os.environ)
    variables["PATH"] = f"{sys.prefix}/bin:{variables['PATH']}"
    for variable in ("AMENT_PREFIX_PATH", "CMAKE_PREFIX_PATH"):
        variables.setdefault(variable, sys.prefix)
    settings = [f"-DCMAKE_INSTALL_PREFIX={prefix}", "-DCMAKE_BUILD_TYPE=Release"]
    settings.append(f"-DPython3_EXECUTABLE={sys.executable}")
    for step in (
        ["cmake", "-S", source, "-B", source / "build", *settings],
        ["cmake", "--build", source / "build", "--parallel", "2"],
        ["cmake", "--install", source / "build"],
    ):
        done = subprocess.run(step, env=variables, capture_output=True, text=True)
        if done.returncode:
            message.unlink()
            sys.exit(f"{package} cannot be built:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


if __name__ == "__main__":
    sys.exit(main())
