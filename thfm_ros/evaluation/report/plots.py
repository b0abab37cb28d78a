# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Small plots as inline SVG: lines over time and histograms. Colours come from the page."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape

import numpy as np

WIDTH, HEIGHT = 520, 150
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 10, 10, 24
_MOST_POINTS = 400


@dataclass(frozen=True)
class Series:
    """One line: x ascending, y with NaN where unknown."""

    name: str
    x: np.ndarray
    y: np.ndarray


@dataclass(frozen=True)
class _Axes:
    """Where values lie in the picture."""

    x: tuple[float, float]
    y: tuple[float, float]

    def px(self, value: float) -> float:
        share = (value - self.x[0]) / (self.x[1] - self.x[0])
        return _LEFT + share * (WIDTH - _LEFT - _RIGHT)

    def py(self, value: float) -> float:
        share = (value - self.y[0]) / (self.y[1] - self.y[0])
        return HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM)


def lines(series: list[Series], x_unit: str = "s") -> str:
    """Draw lines over time; a gap in the values is a gap in the line."""
    known = [s.y[np.isfinite(s.y)] for s in series]
    values = np.concatenate(known) if known else np.array([])
    if not values.size:
        return ""
    x = np.concatenate([s.x for s in series])
    axes = _Axes(_span(x.min(), x.max()), _rounded(values.min(), values.max()))
    body = [_grid(axes, x_unit)]
    for number, s in enumerate(series):
        for x_part, y_part in _unbroken(*_thinned(s.x, s.y)):
            points = " ".join(
                f"{axes.px(a):.1f},{axes.py(b):.1f}" for a, b in zip(x_part, y_part, strict=True)
            )
            if len(x_part) == 1:
                cx, cy = points.split(",")
                body.append(f'<circle class="dot s{number}" cx="{cx}" cy="{cy}" r="2"/>')
            else:
                body.append(f'<polyline class="line s{number}" points="{points}"/>')
    return _svg(body)


def histogram(values: list[float], marks: dict[str, float], unit: str = "ms") -> str:
    """Draw how often values fall where; marks are vertical lines with a name (p50, p95)."""
    data = np.asarray(values, dtype=np.float64)
    if not data.size:
        return ""
    top = max(np.percentile(data, 99.5), *marks.values()) * 1.05
    low, high = _rounded(min(0.0, data.min()), top)
    counts, edges = np.histogram(data.clip(low, high), bins=40, range=(low, high))
    axes = _Axes((low, high), (0.0, max(counts.max(), 1) * 1.1))
    body = [_grid(axes, unit)]
    for count, left, right in zip(counts, edges[:-1], edges[1:], strict=True):
        if count:
            x, y = axes.px(left), axes.py(count)
            body.append(
                f'<rect class="bar s0" x="{x + 0.5:.1f}" y="{y:.1f}" '
                f'width="{axes.px(right) - x - 1:.1f}" height="{axes.py(0) - y:.1f}">'
                f"<title>{left:.3g} to {right:.3g} {escape(unit)}: {count}</title></rect>"
            )
    for name, value in marks.items():
        x = axes.px(value)
        body.append(f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{axes.py(0)}"/>')
        body.append(f'<text class="tick" x="{x + 3:.1f}" y="{_TOP + 9}">{escape(name)}</text>')
    return _svg(body)


def _svg(body: list[str]) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img">{"".join(body)}</svg>'


def _grid(axes: _Axes, x_unit: str) -> str:
    parts = []
    for value in _ticks(*axes.y, 4):
        y = axes.py(value)
        parts.append(
            f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        )
        parts.append(
            f'<text class="tick end" x="{_LEFT - 6}" y="{y + 3.5:.1f}">{_text(value)}</text>'
        )
    ticks = _ticks(*axes.x, 8)
    for value in ticks:
        unit = f" {escape(x_unit)}" if value == ticks[-1] else ""
        x, y = axes.px(value), HEIGHT - 8
        side = "end" if x > WIDTH - 40 else "mid"
        x += 12 if side == "end" and unit else 0
        place = f'class="tick {side}" x="{min(x, WIDTH):.1f}" y="{y}"'
        parts.append(f"<text {place}>{_text(value)}{unit}</text>")
    return "".join(parts)


def _ticks(low: float, high: float, most: int) -> list[float]:
    """Return at most `most` + 1 round numbers within low .. high."""
    raw = (high - low) / most
    scale = 10 ** math.floor(math.log10(raw))
    step = next(scale * m for m in (1, 2, 5, 10) if scale * m >= raw * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [n * step for n in range(first, last + 1)]


def _rounded(low: float, high: float) -> tuple[float, float]:
    """Widen a range to round numbers; never empty."""
    low, high = _span(float(low), float(high))
    ticks = _ticks(low, high, 4)
    step = ticks[1] - ticks[0] if len(ticks) > 1 else high - low
    return math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step


def _span(low: float, high: float) -> tuple[float, float]:
    if high - low > 1e-12 * max(abs(high), 1):
        return low, high
    return low - 0.5 * max(abs(low), 1e-3), high + 0.5 * max(abs(high), 1e-3)


def _thinned(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Keep every n-th point, and in between what sticks out most."""
    if len(x) <= _MOST_POINTS:
        return x, y
    parts = np.array_split(np.arange(len(x)), _MOST_POINTS // 2)
    kept: set[int] = set()
    for part in parts:
        known = part[np.isfinite(y[part])]
        kept |= (
            {int(known[y[known].argmin()]), int(known[y[known].argmax()])}
            if len(known)
            else {part[0]}
        )
    index = sorted(kept)
    return x[index], y[index]


def _unbroken(x: np.ndarray, y: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    known = np.isfinite(y)
    cuts = np.nonzero(np.diff(known.astype(int)))[0] + 1
    parts = [part for part in np.split(np.arange(len(y)), cuts) if len(part) and known[part[0]]]
    return [(x[part], y[part]) for part in parts]


def _text(value: float) -> str:
    return f"{0.0 if abs(value) < 1e-12 else value:.4g}"
