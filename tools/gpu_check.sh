#!/bin/bash
# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
#
# What a GPU says of CUDA graphs, in ten minutes: its tests, its timings, one page. Needs PyTorch 2.9 or
# newer, and neither ROS nor a network. Every step has a time limit, and writes what it has as it goes.
#
#   tools/gpu_check.sh [OUT]                 OUT: folder of the results, default gpu_check
#   tools/gpu_check.sh --wheels DIR [OUT]    take what is missing from the wheels in DIR
#   tools/gpu_check.sh --dry-run [OUT]       on a CPU with tiny models: whether this script works
#   PYTHON=.venv/bin/python tools/gpu_check.sh ...
set -uo pipefail
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-python3}
WHEELS="" DRY="" OUT=gpu_check
while [ $# -gt 0 ]; do
  case $1 in
    --wheels) WHEELS=$2; shift ;;
    --dry-run) DRY=--dry-run ;;
    -*) echo "gpu_check: unknown option $1" >&2; exit 2 ;;
    *) OUT=$1 ;;
  esac
  shift
done
mkdir -p "$OUT" && OUT=$(cd "$OUT" && pwd) || exit 2
TESTS="test/gpu" TEST_S=60 MINUTES=7
[ -z "$DRY" ] && TESTS="test/gpu test/runtime/backends" TEST_S=150
failed=0

# Names of packages whose modules are not there, one a line.
missing() {
  "$PYTHON" - <<'END'
from importlib.util import find_spec

needed = {
    "torch": "torch", "numpy": "numpy", "diffusers": "diffusers", "safetensors": "safetensors",
    "psutil": "psutil", "cv2": "opencv-python-headless", "av": "av", "rosbags": "rosbags",
    "scipy": "scipy", "yaml": "pyyaml", "pytest": "pytest",
}
print("\n".join(package for module, package in needed.items() if find_spec(module) is None))
END
}

step() { # title, seconds, command ...
  local title=$1 limit=$2 status
  shift 2
  echo "== $title (at most $limit s)"
  timeout --kill-after=10 "$limit" "$@"
  status=$?
  [ $status -eq 0 ] || { echo "gpu_check: $title: exit status $status" >&2; failed=1; }
}

lacking=$(missing) || { echo "gpu_check: $PYTHON does not run" >&2; exit 2; }
if [ -n "$lacking" ]; then
  echo "gpu_check: not installed: $(echo $lacking)"
  [ -n "$WHEELS" ] || { echo "gpu_check: give --wheels DIR, or install them" >&2; exit 2; }
  # On top of the machine's own packages, its PyTorch above all.
  "$PYTHON" -m venv --system-site-packages "$OUT/venv" || exit 2
  PYTHON="$OUT/venv/bin/python"
  "$PYTHON" -m pip install --quiet --no-index --find-links "$WHEELS" $lacking || exit 2
fi
export PYTHONPATH="$PWD" OUT
command -v nvidia-smi >/dev/null && nvidia-smi >"$OUT/nvidia-smi.txt"

step "tests" $TEST_S "$PYTHON" -m pytest -p no:cacheprovider --junitxml "$OUT/tests.xml" $TESTS
step "timings" $((MINUTES * 60 + 60)) "$PYTHON" -m thfm_ros.cli bench gpu $DRY --minutes $MINUTES \
  --json "$OUT/bench_gpu.json" --page "$OUT/page.md"
[ -f "$OUT/page.md" ] && cat "$OUT/page.md"
exit $failed
