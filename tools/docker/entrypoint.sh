#!/bin/bash
# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
# name:=value starts the node with launch arguments; anything else is a command in the same environment.
set -eo pipefail
source /opt/ros/kilted/setup.bash
source /opt/thfm/bin/activate
source /ws/install/setup.bash
case "${1:-}" in
  *:=* | "") exec ros2 launch thfm_ros perception.launch.py "$@" ;;
  *) exec "$@" ;;
esac
