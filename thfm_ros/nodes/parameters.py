# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The parameters of perception_node, declared with descriptions; `settings` reads them."""

from __future__ import annotations

from rcl_interfaces.msg import (
    FloatingPointRange,
    IntegerRange,
    ParameterDescriptor,
    SetParametersResult,
)
from rclpy.lifecycle import LifecycleNode
from rclpy.parameter import Parameter

from thfm_ros.options import BY_NAME, OPTIONS, Option, did_you_mean, nearest_name


def declare(node: LifecycleNode) -> None:
    """Declare all parameters; a value from outside that is out of range raises."""
    for option in OPTIONS:
        default = list(option.default) if isinstance(option.default, tuple) else option.default
        node.declare_parameter(option.name, default, descriptor(option))


def descriptor(option: Option) -> ParameterDescriptor:
    """Return what `ros2 param describe` shows."""
    when = "any time" if option.dynamic else "while unconfigured"
    text = f"{option.description} (may change: {when})"
    found = ParameterDescriptor(name=option.name, description=text)
    if option.allowed:
        found.additional_constraints = f"one of {', '.join(option.allowed)}"
    # YAML reads 16 as a number, where the other values are words.
    found.dynamic_typing = any(text.isdigit() for text in option.allowed)
    if option.bounds and isinstance(option.default, float):
        low, high = option.bounds
        found.floating_point_range = [FloatingPointRange(from_value=low, to_value=high)]
    elif option.bounds:
        low, high = map(int, option.bounds)
        found.integer_range = [IntegerRange(from_value=low, to_value=high, step=1)]
    return found


def unknown(node: LifecycleNode) -> list[str]:
    """Return the names that were given from outside (a file, the command line) but do not exist."""
    # rclpy has no public way to ask for overrides of parameters that were not declared.
    given = getattr(node, "_parameter_overrides", {})
    return sorted(
        name for name in given if not node.has_parameter(name) and not name.startswith("qos_")
    )


def mistyped(names: list[str]) -> str:
    """Return what is wrong with unknown names that are nearly ours, "" where none is.

    Others may be meant for another node of the same file.
    """
    meant = [name for name in names if nearest_name(name, BY_NAME)]
    return "; ".join(f"parameter {did_you_mean(name, BY_NAME)}" for name in meant)


def judge_change(parameters: list[Parameter], configured: bool) -> SetParametersResult:
    """Decide on a change at run time; a refusal names the parameter and the reason."""
    for parameter in parameters:
        option = BY_NAME.get(parameter.name)
        if option is None:
            continue
        if configured and not option.dynamic:
            reason = f"{parameter.name} can only change while unconfigured: deactivate and clean up"
            return SetParametersResult(successful=False, reason=reason)
        if option.allowed and str(parameter.value) not in option.allowed:
            reason = f"{parameter.name} is {parameter.value!r}, allowed is one of {option.allowed}"
            return SetParametersResult(successful=False, reason=reason)
    return SetParametersResult(successful=True)
