# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import importlib
import os
import signal
import subprocess
import sys
import time

import pytest

from thfm_ros.cli import COMMANDS, GROUPS, main


def test_an_unknown_command_is_refused(capsys):
    with pytest.raises(SystemExit) as end:
        main(["dance"])
    assert end.value.code == 2
    assert "dance" in capsys.readouterr().err


def test_a_mistyped_command_is_told_apart(capsys):
    with pytest.raises(SystemExit):
        main(["evalute"])
    assert "did you mean 'evaluate'?" in capsys.readouterr().err


def test_without_a_command_the_usage_is_shown(capsys):
    with pytest.raises(SystemExit) as end:
        main([])
    assert end.value.code == 2
    assert "usage: thfm" in capsys.readouterr().err


def test_ctrl_c_is_one_line_and_130(monkeypatch, capsys):
    """Issue 27.10: any command ended in a traceback."""

    def interrupt(name):
        raise KeyboardInterrupt

    monkeypatch.setattr("thfm_ros.cli.importlib.import_module", interrupt)
    assert main(["run"]) == 130
    assert capsys.readouterr().err == "thfm: interrupted\n"


def test_ctrl_c_before_the_demo_has_recorded_anything(tmp_path):
    """Issue 27.10: it ended with 1, as if something had failed."""
    pytest.importorskip("rclpy")
    command = [sys.executable, "-m", "thfm_ros.cli", "demo", "--out", str(tmp_path)]
    demo = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=dict(os.environ, PYTHONUNBUFFERED="1"),
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert demo.stdout.readline().startswith("demo: ")
    time.sleep(1)
    os.killpg(demo.pid, signal.SIGINT)
    _, errors = demo.communicate(timeout=30)
    assert demo.returncode == 130
    assert errors == "thfm: interrupted\n"


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_has_help(name, capsys):
    with pytest.raises(SystemExit) as end:
        main([name, "--help"])
    assert end.value.code == 0
    assert f"usage: thfm {name}" in capsys.readouterr().out


def test_help_lists_everything_and_imports_nothing_heavy():
    code = """
import sys
from thfm_ros.cli import main
try:
    main(["--help"])
except SystemExit:
    pass
assert not {"torch", "rclpy", "cv2"} & set(sys.modules)
"""
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    for title in (*GROUPS, "examples", "exit status"):
        assert f"{title}:" in result.stdout or f"{title} 0" in result.stdout
    for name, (module, text) in COMMANDS.items():
        assert name in result.stdout
        assert text in result.stdout
        assert importlib.util.find_spec(module)


@pytest.mark.parametrize(
    ("line", "found", "absent"),
    [("thfm ev", "evaluate", "demo"), ("thfm demo --se", "--seconds", "--out")],
)
def test_a_shell_can_complete_it(line, found, absent, tmp_path):
    pytest.importorskip("argcomplete")
    answer = tmp_path / "answer"
    environment = dict(
        os.environ,
        _ARGCOMPLETE="1",
        _ARGCOMPLETE_STDOUT_FILENAME=str(answer),
        COMP_LINE=line,
        COMP_POINT=str(len(line)),
    )
    subprocess.run([sys.executable, "-m", "thfm_ros.cli"], env=environment, check=True)
    words = answer.read_text().split("\x0b")
    assert any(word.startswith(found) for word in words)
    assert not any(word.startswith(absent) for word in words)
