# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The live page: who may see it, when, and that a browser shows it."""

import base64
import json
import os
import shutil
import socket
import subprocess
import sys
import time

import cv2
import numpy as np
import psutil
import pytest

from thfm_ros.nodes.viewer_server import ViewerServer, _is_served

pytest.importorskip("rerun")
OVERLAY = "/thfm/overlay/image"
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
HEADLESS = [
    *("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars"),
    *("--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"),
    *("--window-size=1200,800", "--remote-debugging-pipe"),
]


def free_ports():
    """Return a port that is free, as is the next."""
    while True:
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
        if not (_is_served(port) or _is_served(port + 1)):
            return port


@pytest.fixture(scope="module")
def port():
    return free_ports()


@pytest.fixture(scope="module")
def viewer(probe, start_perception, start, port):
    start_perception("-p", "backend:=eager")
    process = start("viewer_node", "-r", "__ns:=/thfm", "-p", f"port:={port}")
    probe.spin_until(lambda: _is_served(port + 1), 60, "the page")
    probe.spin_until(lambda: probe.images.get_subscription_count(), what="the subscription")
    return process


def shown(probe):
    return probe.node.count_subscribers(OVERLAY)


@pytest.fixture
def watcher(port):
    """Something that is connected as a browser is."""
    with socket.create_connection(("127.0.0.1", port + 1)) as connection:
        yield connection


def test_without_rerun_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ValueError, match="the viewer needs rerun-sdk: pip install rerun-sdk"):
        ViewerServer("127.0.0.1", 9090)


def test_a_port_that_is_taken_is_named(start):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        process = start("viewer_node", "-p", f"port:={number}")
        assert process.popen.wait(60) == 1
    assert f"port is {number}, but {number} is taken; choose another" in process.text()


def test_it_is_served_to_this_machine_only(viewer, port):
    served = [c for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN]
    addresses = {c.laddr.ip for c in served if c.laddr.port in (port, port + 1)}
    assert addresses == {"127.0.0.1"}


def test_nothing_is_subscribed_unless_somebody_watches(viewer, probe, port):
    probe.spin_until(lambda: not shown(probe), 20, "nobody")
    with socket.create_connection(("127.0.0.1", port + 1)):
        probe.spin_until(lambda: shown(probe), 20, "the viewer's subscription")
    probe.spin_until(lambda: not shown(probe), 20, "its end")


def test_in_privacy_mode_nothing_is_shown(probe, start):
    number = free_ports()
    parameters = ("checkpoint:=random", "backend:=eager", "privacy_mode:=true")
    words = [word for parameter in parameters for word in ("-p", parameter)]
    start("perception_node", "-r", "__ns:=/private", *words)
    viewer = start("viewer_node", "-r", "__ns:=/private", "-p", f"port:={number}")
    probe.spin_until(lambda: _is_served(number + 1), 60, "the page")
    with socket.create_connection(("127.0.0.1", number + 1)):
        probe.spin_until(lambda: "privacy_mode is true" in viewer.text(), 60, "its refusal")
        assert probe.node.count_subscribers("/private/overlay/image") == 0


class Browser:
    """Chromium with a page open, told what to do over pipes (Chrome DevTools Protocol)."""

    def __init__(self, page, profile):
        hears, self._say = os.pipe()
        self._hear, says = os.pipe()

        def pipes_are_3_and_4():
            os.dup2(hears, 103)
            os.dup2(says, 104)
            os.dup2(103, 3)
            os.dup2(104, 4)

        self._process = subprocess.Popen(
            [CHROMIUM, *HEADLESS, f"--user-data-dir={profile}", "about:blank"],
            preexec_fn=pipes_are_3_and_4,
            close_fds=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._heard, self._number = b"", 0
        target = self._ask("Target.createTarget", url=page)["targetId"]
        attached = self._ask("Target.attachToTarget", targetId=target, flatten=True)
        self._session = {"sessionId": attached["sessionId"]}

    def picture(self):
        """What it shows now, [H, W, 3]."""
        data = self._ask("Page.captureScreenshot", **self._session)["data"]
        return cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR)

    def close(self):
        self._process.kill()
        self._process.wait()

    def _ask(self, method, sessionId=None, **params):
        self._number += 1
        question = {"id": self._number, "method": method, "params": params}
        question |= {"sessionId": sessionId} if sessionId else {}
        os.write(self._say, json.dumps(question).encode() + b"\0")
        while True:
            while b"\0" not in self._heard:
                self._heard += os.read(self._hear, 1 << 20)
            line, _, self._heard = self._heard.partition(b"\0")
            answer = json.loads(line)
            if answer.get("id") == self._number:
                return answer["result"]


@pytest.mark.skipif(not CHROMIUM, reason="no Chromium is installed")
def test_a_browser_shows_the_picture(viewer, probe, port, tmp_path):
    data = f"rerun%2Bhttp%3A%2F%2Flocalhost%3A{port + 1}%2Fproxy"
    browser = Browser(f"http://localhost:{port}/?url={data}", tmp_path)

    def is_colourful():
        probe.publish(time.time_ns())
        time.sleep(0.3)
        # The overlay, in the upper left, is of colourful noise; the page itself is grey.
        left = browser.picture()[100:250, 200:400].astype(int)
        return (left.max(-1) - left.min(-1)).mean() > 20

    try:
        # Drawn without a GPU: seconds on an idle machine, minutes on one with much else to do.
        probe.spin_until(is_colourful, 300, "the camera's picture in the browser")
        cv2.imwrite(str(tmp_path / "page.png"), browser.picture())
    finally:
        browser.close()


def test_the_command_becomes_the_node(process, probe, tmp_path):
    number = free_ports()
    command = [sys.executable, "-m", "thfm_ros.cli", "view", "--port", str(number)]
    started = process([*command, "--namespace", "/nobody"], tmp_path / "view.log")
    probe.spin_until(lambda: _is_served(number), 60, "the page")
    assert started.end() == 0
    assert f"open http://localhost:{number}/" in started.text()
    probe.spin_until(lambda: not _is_served(number), 10, "the end of the page's server")
