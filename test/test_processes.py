# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest
import yaml

from thfm_ros.processes import ProcessError, parameter_arguments, profile


def test_a_file_that_config_does_not_have_is_named():
    with pytest.raises(ProcessError, match=r"config/no_such\.xml is in none of"):
        profile("no_such.xml")


@pytest.mark.parametrize("value", [True, 2, 1.0, "0", "true", "it's: a 'path'", ["mask", "depth"]])
def test_parameters_keep_their_type_on_a_command_line(value):
    flag, argument = parameter_arguments({"name": value})
    name, text = argument.split(":=", 1)
    assert (flag, name) == ("-p", "name")
    read = yaml.safe_load(text)
    assert (type(read), read) == (type(value), value)
