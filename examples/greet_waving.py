#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Say hello, once, to whoever waves: a raised hand that goes to and fro.

Publishes String on greeting. Needs some 8 results a second: a wave turns 2 to 4 times in one.
"""

from collections import deque
from contextlib import suppress

import rclpy
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node
from std_msgs.msg import String

from thfm_ros.msg import Joint, Keypoints3D, Person3D

ARMS = (Joint.LEFT_WRIST, Joint.LEFT_SHOULDER), (Joint.RIGHT_WRIST, Joint.RIGHT_SHOULDER)
WITHIN_S, TURNS, SWING_M = 2.0, 3, 0.08


class GreetWaving(Node):
    def __init__(self):
        super().__init__("greet_waving")
        self.greeted, self.hands = set(), {}  # hands: by id, (when, metres right of the hips)
        self.output = self.create_publisher(String, "greeting", 1)
        self.create_subscription(Keypoints3D, "/thfm/keypoints3d", self.on_people, 5)

    def on_people(self, message):
        now = message.header.stamp.sec + message.header.stamp.nanosec / 1e9
        people = [p for p in message.persons if p.track_state != Person3D.LOST]
        self.hands = {p.id: self.hands.get(p.id, (deque(), deque())) for p in people}
        self.greeted &= self.hands.keys()
        for person in people:
            for (wrist, shoulder), hand in zip(ARMS, self.hands[person.id], strict=True):
                # y points down. NaN, a landmark without an estimate, is above nothing.
                if person.relative_y[wrist] < person.relative_y[shoulder]:
                    hand.append((now, person.relative_x[wrist]))
                while hand and now - hand[0][0] > WITHIN_S:
                    hand.popleft()
                if person.id not in self.greeted and turns([x for _, x in hand]) >= TURNS:
                    self.greeted.add(person.id)
                    self.output.publish(String(data=f"hello {person.id}"))


def turns(positions):
    count, direction, extreme = 0, 1, positions[0] if positions else 0.0
    for x in positions:
        if (x - extreme) * direction > 0:
            extreme = x
        elif abs(x - extreme) > SWING_M:
            count, direction, extreme = count + 1, -direction, x
    return count


if __name__ == "__main__":
    rclpy.init()
    with suppress(KeyboardInterrupt, ExternalShutdownException):
        rclpy.spin(GreetWaving())
