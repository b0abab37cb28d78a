# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the numbers of token groups mean. Nobody else knows which column is which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from thfm_ros import skeleton

Values = TypeVar("Values")
"""An array or a tensor [..., rows, columns]; what is returned is a view of it."""

_Z = 2


@dataclass(frozen=True)
class Layout:
    """Rows and columns of a token group's values; None = the group does not say that.

    points:     landmarks, the first rows
    columns:    numbers in a row
    image:      columns of x, y: -1..1 of the network's image
    body:       columns of X, Y, Z: metres from the centre of the hips, axes of what the network is
                shown
    confidence: column of a logit: the landmark is in sight
    has_person: one row follows that is of the whole person
    """

    points: int
    columns: int
    image: slice | None = None
    body: slice | None = None
    confidence: int | None = None
    has_person: bool = False

    @property
    def rows(self) -> int:
        """Landmarks, and the person."""
        return self.points + self.has_person

    def image_points(self, values: Values) -> Values:
        """Return x, y of the landmarks [..., points, 2], -1..1 of the network's image."""
        return values[..., : self.points, self.image]

    def body_points(self, values: Values) -> Values:
        """Return X, Y, Z of the landmarks [..., points, 3], metres from the centre of the hips."""
        return values[..., : self.points, self.body]

    def visibility(self, values: Values) -> Values:
        """Return the logits [..., points] that landmarks are in sight."""
        return values[..., : self.points, self.confidence]

    def presence(self, values: Values) -> Values:
        """Return the logit [...] that somebody is there."""
        return values[..., self.points, self.confidence]

    def log_span(self, values: Values) -> Values:
        """Return the logarithm [...] of how many metres wide the network's image is.

        At the people's median depth; of a group that predicts it (`TokenGroup.tells_span`).
        """
        return values[..., self.points, self.body.start + _Z]


BODY = Layout(skeleton.COUNT, 6, image=slice(0, 2), body=slice(2, 5), confidence=5, has_person=True)
LAYOUTS = {
    "body": BODY,
    "landmarks2d": Layout(skeleton.COUNT, 2, image=slice(0, 2)),
    "landmarks3d": Layout(skeleton.COUNT, 3, body=slice(0, 3)),
}
"""By a token group's meaning. Another group of landmarks (hands) is another line."""
