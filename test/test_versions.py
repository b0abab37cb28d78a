# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
from thfm_ros.versions import installed_version


def test_what_is_not_installed_has_no_version():
    assert installed_version("no-such-package-as-this") == ""


def test_what_is_installed_has_one():
    assert installed_version("numpy")[0].isdigit()
