#!/bin/bash
# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
#
# Go on training the shipped weights on clips of your own.
#
#   examples/fine_tune.sh CLIPS OUT        CLIPS: a folder of shards, see below
#   CONFIG=my.yaml examples/fine_tune.sh CLIPS OUT
#
# Clips with your own movements (BVH or DeepMimic files in MOTIONS), from the asset pack that
# `thfm synth assets` builds once:
#
#   thfm synth clips --motions MOTIONS --split train --count 2000 --out CLIPS
#
# Did it help? On clips that neither was trained on, of split val:
#
#   thfm evaluate clips VAL --json before.json; thfm evaluate clips VAL --checkpoint OUT/model --json after.json
#
# On a robot: ros2 launch thfm_ros perception.launch.py checkpoint:=OUT/model
set -euo pipefail
CLIPS=${1:?usage: fine_tune.sh CLIPS OUT} OUT=${2:?usage: fine_tune.sh CLIPS OUT}
CONFIG=${CONFIG:-$(dirname "$0")/fine_tune.yaml}
PYTHON=${PYTHON:-python3}
SHIPPED=$("$PYTHON" -c 'from thfm_ros.model.shipped import find_checkpoint; print(find_checkpoint(""))')

"$PYTHON" -m thfm_ros.cli train ambient --config "$CONFIG" --start "$SHIPPED" --data "$CLIPS" --out "$OUT"
