# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
from thfm_ros.interfaces import message_folder, typestore


def test_every_message_of_the_package_is_known():
    types = typestore().types
    for path in message_folder().glob("*.msg"):
        assert f"thfm_ros/msg/{path.stem}" in types


def test_constants_come_with_the_types():
    assert typestore().types["thfm_ros/msg/NearestPerson"].UNKNOWN == 0
