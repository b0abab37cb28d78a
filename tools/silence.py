# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Measure how long nearest_person is silent, while things happen to the node, over DDS.

python tools/silence.py --json docs/data/silence.json

A camera of 1280x720 with a distorted lens publishes 15 pictures a second of a recorded person.
Each situation lasts a while; the JSON has the longest gap between two messages of any kind and
between two results (messages that are not UNKNOWN for want of one).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import rclpy
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import CameraInfo, Image, PointCloud2
from std_msgs.msg import Header

from thfm_ros.evaluation.benchmark.machine import describe_machine
from thfm_ros.media.video import read_frames
from thfm_ros.msg import NearestPerson
from thfm_ros.nodes.images import image_message
from thfm_ros.nodes.messages import stamp_message
from thfm_ros.processes import NodeProcess, environment

SIZE, FPS, SECONDS = (1280, 720), 15.0, 20.0
LENS = [-0.33, 0.11, 0.0006, -0.0004, -0.0177]
K = [900.0, 0.0, 639.5, 0.0, 900.0, 359.5, 0.0, 0.0, 1.0]
RELIABLE = QoSProfile(depth=10, reliability=ReliabilityPolicy.RELIABLE)
MAPS = ("depth/image", "normals/image", "mask/image", "dense_pose/image", "overlay/image")
NAMESPACE = "/silence"
BACKENDS = ("eager", "openvino")
"""Those that run without a GPU."""


class Camera(threading.Thread):
    """Publishes pictures and their camera_info at a steady rate until it is stopped."""

    def __init__(self, node, pictures: list) -> None:
        super().__init__(daemon=True)
        self._node, self._pictures, self._ended = node, pictures, threading.Event()
        self._images = node.create_publisher(Image, f"{NAMESPACE}/image", RELIABLE)
        self._infos = node.create_publisher(CameraInfo, f"{NAMESPACE}/camera_info", RELIABLE)

    def run(self) -> None:
        begin, count = time.monotonic(), 0
        while not self._ended.wait(max(0.0, begin + count / FPS - time.monotonic())):
            header = Header(stamp=stamp_message(time.time_ns()), frame_id="optical")
            info = CameraInfo(header=header, width=SIZE[0], height=SIZE[1], k=K, d=LENS)
            info.distortion_model = "plumb_bob"
            self._infos.publish(info)
            picture = self._pictures[count % len(self._pictures)]
            self._images.publish(image_message(header, picture, "rgb8"))
            count += 1

    def end(self) -> None:
        self._ended.set()
        self.join()
        self._node.destroy_publisher(self._images)
        self._node.destroy_publisher(self._infos)


class Listener:
    """Notes when messages of nearest_person come, and which of them are results."""

    def __init__(self, node) -> None:
        self.times: list[tuple[float, bool]] = []
        node.create_subscription(NearestPerson, f"{NAMESPACE}/nearest_person", self._note, RELIABLE)

    def _note(self, message: NearestPerson) -> None:
        waiting = message.state == NearestPerson.UNKNOWN and message.reason.startswith("no ")
        self.times.append((time.monotonic(), not waiting))

    def longest(self, begin: float, end: float, results_only: bool) -> float:
        """Return the longest silence between two moments, seconds."""
        heard = [at for at, result in self.times if begin <= at <= end and result >= results_only]
        moments = [begin, *heard, end]
        return max(b - a for a, b in pairwise(moments))


def pictures() -> list:
    """Return two seconds of the demo's clip at the camera's size."""
    from thfm_ros.demo import sample_video

    frames = [frame.image for frame in read_frames(str(sample_video()))][:30]
    return [cv2.resize(image, SIZE) for image in frames]


def burn(parent: int) -> None:
    """Keep a core busy for as long as whoever asked for it is there."""
    while os.getppid() == parent:
        pass


@contextlib.contextmanager
def busy_cores() -> Iterator[None]:
    """Run as many processes that do nothing but compute as there are cores."""
    processes = [
        multiprocessing.Process(target=burn, args=(os.getpid(),))
        for _ in range(multiprocessing.cpu_count())
    ]
    for process in processes:
        process.start()
    yield
    for process in processes:
        # SIGTERM is rclpy's: they inherit its handler, and go on.
        process.kill()
        process.join()


def situations(node, camera: list[Camera], films: list) -> dict[str, Callable[[], object]]:
    """Return what is done to the node, by name."""
    client = node.create_client(ChangeState, f"{NAMESPACE}/perception/change_state")
    asked = []

    def change(*transitions: int) -> None:
        for transition in transitions:
            future = client.call_async(ChangeState.Request(transition=Transition(id=transition)))
            while not future.done():
                time.sleep(0.01)

    def subscribe_points() -> None:
        asked.append(
            node.create_subscription(PointCloud2, f"{NAMESPACE}/points", print_nothing, RELIABLE)
        )

    def subscribe_everything() -> None:
        for topic in MAPS:
            asked.append(
                node.create_subscription(Image, f"{NAMESPACE}/{topic}", print_nothing, RELIABLE)
            )

    def restart_camera() -> None:
        camera.pop().end()
        time.sleep(1.5)
        camera.append(Camera(node, films))
        camera[0].start()

    deactivate, activate = Transition.TRANSITION_DEACTIVATE, Transition.TRANSITION_ACTIVATE
    cleanup, configure = Transition.TRANSITION_CLEANUP, Transition.TRANSITION_CONFIGURE
    return {
        "nothing happens": lambda: None,
        "a first subscriber to points": subscribe_points,
        "five maps are subscribed, too": subscribe_everything,
        "the camera is away for 1.5 s": restart_camera,
        "deactivated and activated": lambda: change(deactivate, activate),
        "configured anew": lambda: change(deactivate, cleanup, configure, activate),
    }


def print_nothing(message: object) -> None:
    """A subscriber that does nothing."""


def measure() -> dict:
    """Run every situation, then the first again while all cores are busy."""
    films = pictures()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        remapped = ["-r", f"__ns:={NAMESPACE}"]
        NodeProcess("perception_node", remapped, {}, folder, stack)
        rclpy.init()
        node = rclpy.create_node("silence")
        listener, camera = Listener(node), [Camera(node, films)]
        executor = SingleThreadedExecutor()
        executor.add_node(node)
        threading.Thread(target=executor.spin, daemon=True).start()
        camera[0].start()
        while not listener.times:
            time.sleep(0.1)
        time.sleep(5)
        found = {}
        for name, happen in situations(node, camera, films).items():
            found[name] = observe(listener, happen)
        with busy_cores():
            found["all cores are busy with something else"] = observe(listener, lambda: None)
        camera[0].end()
        rclpy.shutdown()
    return found


def ends() -> dict:
    """Return the seconds from Ctrl-C to the end of the process by backend; cores are busy."""
    found, load = {}, round(os.getloadavg()[0], 2)
    films = pictures()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        rclpy.init()
        node = rclpy.create_node("ends")
        for topic in MAPS:
            node.create_subscription(Image, f"{NAMESPACE}/{topic}", print_nothing, RELIABLE)
        listener, camera = Listener(node), Camera(node, films)
        executor = SingleThreadedExecutor()
        executor.add_node(node)
        threading.Thread(target=executor.spin, daemon=True).start()
        camera.start()
        for backend in BACKENDS:
            listener.times.clear()
            started = NodeProcess(
                "perception_node", ["-r", f"__ns:={NAMESPACE}"], {"backend": backend}, folder, stack
            )
            while not any(result for _, result in listener.times):
                time.sleep(0.1)
            with busy_cores():
                time.sleep(5)
                begin = time.monotonic()
                started.process.send_signal(signal.SIGINT)
                started.process.wait(60)
                found[backend] = round(time.monotonic() - begin, 3)
        camera.end()
        rclpy.shutdown()
    return {"load_average": load, "seconds_by_backend": found}


def observe(listener: Listener, happen: Callable[[], object]) -> dict[str, float]:
    """Let something happen; return the longest gaps while it does, and for SECONDS after."""
    begin = time.monotonic()
    happen()
    end = time.monotonic() + SECONDS
    time.sleep(end - time.monotonic())
    messages = sum(begin <= at <= end for at, _ in listener.times)
    return {
        "longest_gap_s": round(listener.longest(begin, end, False), 3),
        "longest_gap_between_results_s": round(listener.longest(begin, end, True), 3),
        "messages_per_s": round(messages / (end - begin), 2),
    }


def main() -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parts = {"situations": measure, "ends": ends}
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--part", choices=parts, help="measure it only, keep the others' figures")
    args = parser.parse_args()
    os.environ.update(environment())
    figures = {"machine": describe_machine(), "camera": [*SIZE, FPS]}
    if args.part and args.json:
        figures = json.loads(args.json.read_text())
    for name in (args.part,) if args.part else parts:
        figures[name] = parts[name]()
        text = json.dumps(figures, indent=2) + "\n"
        print(text, flush=True)
        if args.json:
            args.json.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
