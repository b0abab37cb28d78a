# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import signal
import subprocess
import sys
import time

import pytest

SCRIPT = """
import sys, time, rclpy
from rclpy.node import Node
from thfm_ros.nodes.process import ros, spin

def fail():
    raise RuntimeError("in a callback")

def compile_model():
    if "in vain" in sys.argv:
        raise RuntimeError("no compiler")
    time.sleep(30)

def write_slowly():
    print("writing", flush=True)
    time.sleep(1)
    print("written", flush=True)

with ros([]) as stop:
    node = Node("probe")
    if "write" in sys.argv:
        node.create_timer(0.05, write_slowly)
    node.create_timer(0.05, fail if "fail" in sys.argv else lambda: None)
    if "called" in sys.argv:
        node.create_timer(0.05, lambda: print("called", flush=True))
    print("up", flush=True)
    if "compile" in sys.argv:
        spin(node, stop, compile_model, patience_s=0.3)
    else:
        spin(node, stop)
    node.get_logger().info("the context is still valid")
"""


def start(*arguments):
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stdout.readline() == "up\n"
    return process


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--ros-args", "--params-file", "/nope.yaml"], "/nope.yaml"),
        (["--ros-args", "--nonsense"], "--nonsense"),
        (["--ros-args", "-p", "backend"], "-p backend"),
        (["privacy_mode:=true"], "['privacy_mode:=true'] mean nothing"),
    ],
)
def test_arguments_that_mean_nothing_are_a_line_and_an_exit_status(arguments, words):
    """Issue 27.6: some were a traceback, and some were ignored."""
    script = "from thfm_ros.nodes.process import ros\nwith ros(None): pass"
    command = [sys.executable, "-c", script, *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.fault("F42")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_node_in_order(number):
    process = start()
    time.sleep(0.2)
    process.send_signal(number)
    process.send_signal(number)
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 0, errors
    assert "the context is still valid" in errors
    assert "Traceback" not in errors


@pytest.mark.fault("F42")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_a_model_is_compiled_ends_the_process_at_once(number):
    process = start("compile")
    time.sleep(0.2)
    begin = time.monotonic()
    process.send_signal(number)
    _, errors = process.communicate(timeout=10)
    assert time.monotonic() - begin < 2
    assert process.returncode == 0, errors
    assert errors == ""


def test_callbacks_run_while_a_model_is_compiled():
    """Issue 27.10: `ros2 param get` got no answer for as long as that took."""
    process = start("compile", "called")
    assert process.stdout.readline() == "called\n"
    process.terminate()
    process.communicate(timeout=10)


def test_who_writes_is_waited_for():
    process = start("write")
    assert process.stdout.readline() == "writing\n"
    process.terminate()
    written, errors = process.communicate(timeout=10)
    assert written.endswith("written\n")
    assert "the context is still valid" in errors


def test_what_fails_while_a_node_starts_is_not_swallowed():
    process = start("compile", "in vain")
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 1
    assert "RuntimeError: no compiler" in errors


def test_an_exception_of_a_callback_is_not_swallowed():
    process = start("fail")
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 1
    assert "RuntimeError: in a callback" in errors
