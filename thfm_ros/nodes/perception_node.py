# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The node: images in, everything about the people in them out. A managed (lifecycle) node."""

from __future__ import annotations

import gc
import math
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, partial
from types import ModuleType
from typing import TYPE_CHECKING

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.clock import JumpThreshold
from rclpy.duration import Duration
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from rclpy.parameter import Parameter

from thfm_ros.frame import Frame
from thfm_ros.nodes import messages, parameters, qos
from thfm_ros.nodes.diagnostics import UNTRAINED, diagnostics
from thfm_ros.nodes.health import HealthRecord
from thfm_ros.nodes.image_input import ImageInput, WaitingImage
from thfm_ros.nodes.process import leave, ros, spin
from thfm_ros.nodes.pulse import Trouble
from thfm_ros.nodes.throttle import Throttle
from thfm_ros.nodes.transitions import Transitions
from thfm_ros.nodes.watchdog import Watchdog
from thfm_ros.perception import Perception
from thfm_ros.runtime.memory import keep_freed_memory
from thfm_ros.runtime.stream.inference_thread import Callbacks, InferenceThread
from thfm_ros.runtime.stream.intake import Intake
from thfm_ros.shared_memory import fit_profile

if TYPE_CHECKING:
    from thfm_ros.nodes.outputs import Outputs
    from thfm_ros.nodes.settings import PerceptionSettings
    from thfm_ros.runtime.engine import Engine

_THROTTLE_S = 5.0
_PATIENCE_S = 0.3
"""For the transition and then the inference at hand, when the process is to end."""
_OLDEST_AGE_S = 3600.0


@dataclass
class _Stream:
    """What exists while the node is active."""

    intake: Intake[WaitingImage]
    camera: ImageInput
    thread: InferenceThread

    def end(self, patience_s: float) -> bool:
        """Unsubscribe and stop; whether the inference at hand ended within so many seconds."""
        try:
            self.camera.close()
        finally:
            ended = self.thread.stop(patience_s)
        return ended


class PerceptionNode(LifecycleNode):
    """Configure loads the model, activate subscribes the camera, deactivate and cleanup undo that.

    What fails on the way says why, in the log, in /diagnostics and in the exit status, and the node
    stays usable: it can be configured again.
    """

    def __init__(self, **kwargs: object) -> None:
        super().__init__("perception", **kwargs)
        self._settings: PerceptionSettings | None = None
        self._engine: Engine | None = None
        self._outputs: Outputs | None = None
        self._stream: _Stream | None = None
        self._transitions = Transitions(self.get_logger())
        # Configuring takes as long as a compiler does: other services are answered meanwhile.
        self._service_change_state.callback_group = MutuallyExclusiveCallbackGroup()
        self._service_change_state.callback_group.add_entity(self._service_change_state)
        self._trouble = Trouble.NONE
        self._watchdog: Watchdog | None = None
        self._health = HealthRecord()
        self._throttle = Throttle(_THROTTLE_S)
        parameters.declare(self)
        self.unknown = parameters.unknown(self)
        if self.unknown:
            self.get_logger().warning(f"unknown parameters, ignored: {', '.join(self.unknown)}")
        self._room_problem = fit_profile()
        if self._room_problem:
            self.get_logger().warning(self._room_problem)
        self.add_on_set_parameters_callback(self._on_parameters)
        self._diagnostics = self.create_publisher(
            DiagnosticArray, "/diagnostics", 10, qos_overriding_options=qos.OVERRIDES
        )
        backward = Duration(seconds=-self._value("time_jump_backward_s"))
        threshold = JumpThreshold(min_forward=None, min_backward=backward, on_clock_change=True)
        self._jumps = self.get_clock().create_jump_callback(threshold, post_callback=self._on_jump)
        # No timer: diagnostics go on while a callback blocks and when simulated time stands still.
        self._watchdog = Watchdog(
            self._value("diagnostics_period_s"), self._look, self._diagnose, self._on_error
        )

    @property
    def problem(self) -> str:
        """Why a transition failed; "" = none did."""
        return self._transitions.problem

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Load the model and create the publishers; FAILURE names what is wrong."""
        return self._transitions.do("configure", self._configure, self._release)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Subscribe the camera and start the inference thread; FAILURE names what is wrong."""
        steps = (partial(step, state) for step in (self._activate, self._deactivate))
        return self._transitions.do("activate", *steps)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Unsubscribe and wait for the inference at hand; ERROR, which frees all, if that fails."""
        return self._transitions.undo("deactivate", partial(self._deactivate, state))

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Free the model and the publishers; after an ERROR the node is unconfigured, too."""
        return self._transitions.undo("clean up", self._release)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop and free everything, from any state; the node is finalized even after a FAILURE."""
        failed = TransitionCallbackReturn.FAILURE
        return self._transitions.undo("shut down", self._release, failed)

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Free everything; the node can be configured again."""
        failed = TransitionCallbackReturn.FAILURE
        return self._transitions.undo("clean up after an error", self._release, failed)

    def _configure(self) -> None:
        log = self.get_logger()
        log.info("loading libraries and weights ...")
        settings, outputs, engine = _libraries()
        self._settings = settings.read(self)
        self._engine = engine.Engine(self._settings.engine)
        log.info(f"preparing backend {self._engine.backend.name} ...")
        self._engine.warm_up()
        banner = UNTRAINED.upper() if self._engine.untrained else ""
        self._outputs = outputs.Outputs(self, banner, self._settings.outputs)
        if banner:
            self.get_logger().warning(f"{banner}: results mean nothing. Set 'checkpoint'.")
        self._health = HealthRecord()
        self.get_logger().info(f"configured: {self._engine.description}")

    def _activate(self, state: LifecycleState) -> None:
        super().on_activate(state)
        intake = Intake(self._settings.intake)
        camera = ImageInput(self, intake, self._settings.camera, self._warn)
        callbacks = Callbacks(
            camera.decode,
            lambda: self._outputs.wanted(self._value("publish_lazily")),
            self._on_people,
            self._on_result,
            camera.reject,
            self._on_error,
        )
        thread = InferenceThread(self._engine, intake, callbacks)
        self._stream = _Stream(intake, camera, thread)
        thread.start()
        self.get_logger().info(f"active: waiting for images on {camera.topic}")

    def _deactivate(self, state: LifecycleState) -> None:
        with ExitStack() as steps:
            steps.callback(super().on_deactivate, state)
            self._stop_stream()

    def destroy_node(self) -> None:
        """Stop the threads, then remove all that the node has, its shared memory above all."""
        if self._watchdog is not None:
            self._watchdog.stop()
        self._transitions.undo("end in order", lambda: self._stop_stream(_PATIENCE_S))
        super().destroy_node()
        # rclpy forgets it, and a participant lives as long as anything that belongs to its node.
        self._state_machine.destroy_when_not_in_use()

    def _value(self, name: str) -> object:
        return self.get_parameter(name).value

    def _warn(self, text: str) -> None:
        if self._throttle.due(text):
            self.get_logger().warning(text)

    def _on_parameters(self, changes: list[Parameter]) -> object:
        return parameters.judge_change(changes, configured=self._settings is not None)

    def _on_jump(self, jump: object) -> None:
        if self._stream is not None:
            self._stream.intake.reset("the clock jumped")

    def _on_people(self, perception: Perception, frame: Frame) -> None:
        lazily = self._value("publish_lazily")
        self._outputs.publish_people(perception, frame, lazily=lazily)
        self._health.note_result(perception, self._age_s(perception))

    def _on_result(self, perception: Perception, frame: Frame) -> None:
        begin = time.perf_counter()
        stream = self._stream
        camera = stream.camera
        self._outputs.publish_rest(
            perception,
            frame,
            camera.info,
            lazily=self._value("publish_lazily"),
            rectified=camera.rectified,
        )
        publish_ms = perception.times.publish + 1e3 * (time.perf_counter() - begin)
        self._outputs.publish_stats(
            messages.inference_stats(
                perception,
                self._settings.engine.window.length,
                stream.intake.received,
                sum(stream.intake.dropped.values()),
                publish_ms,
                1e3 * self._age_s(perception),
            )
        )

    def _on_error(self, error: Exception) -> None:
        self._health.last_error = f"{type(error).__name__}: {error}"
        text = f"the frame is dropped: {self._health.last_error}"
        self.get_logger().error(text, throttle_duration_sec=_THROTTLE_S)

    def _age_s(self, perception: Perception) -> float:
        """Return stamp to now in seconds; NaN when the stamp is not of this node's clock."""
        age = (self.get_clock().now().nanoseconds - perception.stamp_ns) * 1e-9
        return age if 0 <= age < _OLDEST_AGE_S else math.nan

    def _look(self) -> tuple[str, Trouble]:
        """Return what diagnostics must say at once: the state, and why there are no results."""
        stream, trouble = self._stream, Trouble.NONE
        if stream is not None:
            self._health.note_wanted(bool(self._outputs.wanted(self._value("publish_lazily"))))
            pulse = self._health.pulse(stream.camera)
            rate = stream.camera.cadence.rate_hz
            windows = min(self._settings.engine.schedule.every.values(), default=1)
            due_s = 2 * windows * self._settings.engine.window.stride / rate if rate else 0.0
            trouble = pulse.trouble(self._value("stale_timeout_s"), due_s)
            self._outputs.say_unknown(pulse.why_unknown)
        if trouble != self._trouble:
            self._trouble = trouble
            # rclpy refuses two severities on one line of code.
            if trouble == Trouble.NONE:
                self.get_logger().info("trouble: none")
            else:
                self.get_logger().error(f"trouble: {trouble.value}")
        return self._state_machine.current_state[1], trouble

    def _diagnose(self) -> None:
        stream, engine, camera, model, scene = self._stream, self._engine, None, None, None
        state, trouble = self._state_machine.current_state[1], self._trouble
        if stream is not None:
            camera = self._health.camera(stream.camera, stream.intake, trouble)
            scene = self._health.scene(trouble)
        if engine is not None:
            stalled_s = camera.pulse.unanswered if trouble == Trouble.STALLED else 0.0
            intake = stream.intake if stream else None
            model = self._health.model(engine, intake, stalled_s)
        if self.problem:
            state = f"{state}, {self.problem}"
        if self.unknown:
            state = f"{state}, unknown parameters: {', '.join(self.unknown)}"
        if self._room_problem:
            state = f"{state}, {self._room_problem}"
        stamp = self.get_clock().now().to_msg()
        name = self.get_fully_qualified_name()
        self._diagnostics.publish(diagnostics(stamp, name, state, camera, model, scene))

    def _stop_stream(self, patience_s: float = 10.0) -> None:
        if self._stream is None:
            return
        try:
            if not self._stream.end(patience_s):
                self.get_logger().warning("the inference at hand is not waited for")
        finally:
            self._stream = None

    def _release(self) -> None:
        """Free everything; a step that fails keeps none of the others from being done."""
        outputs, engine = self._outputs, self._engine
        with ExitStack() as steps:
            # Models hold reference cycles; their memory is to be free now, not some time later.
            steps.callback(gc.collect)
            steps.callback(self._forget)
            for part in filter(None, (engine, outputs)):
                steps.callback(part.close)
            self._stop_stream()

    def _forget(self) -> None:
        self._outputs = self._engine = self._settings = None


@cache
def _libraries() -> tuple[ModuleType, ModuleType, ModuleType]:
    """Load what takes seconds, torch above all; the node is to be there before, and say so."""
    from thfm_ros.nodes import outputs, settings
    from thfm_ros.runtime import engine

    # What is loaded stays: looking through all of torch for garbage takes tenths of a second.
    gc.freeze()
    return settings, outputs, engine


def main(args: list[str] | None = None) -> int:
    """Run the node until SIGINT, SIGTERM or shutdown; 1 if it could not be started."""
    keep_freed_memory()
    with ros(args) as stop:
        try:
            node = PerceptionNode()
        except Exception as error:  # of parameters, of overrides of a quality of service
            print(f"perception_node: cannot start: {error}", file=sys.stderr)
            return 1
        if mistyped := parameters.mistyped(node.unknown):
            print(f"perception_node: {mistyped}", file=sys.stderr)
            node.destroy_node()
            return 1
        autostart = node.get_parameter("autostart").value
        first = partial(start, node) if autostart else lambda: None
        spin(node, stop, first, patience_s=_PATIENCE_S)
        if node.problem:
            print(f"perception_node: {node.problem}", file=sys.stderr)
        node.destroy_node()
    leave(1 if node.problem else 0)


def start(node: PerceptionNode) -> bool:
    """Configure and activate; whether both worked."""
    done = TransitionCallbackReturn.SUCCESS
    return node.trigger_configure() == done and node.trigger_activate() == done


if __name__ == "__main__":
    sys.exit(main())
