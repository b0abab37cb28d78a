# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Write the figures of models/thfm-nano/README.md from the metrics.json beside it.

python tools/model_card.py          write them
python tools/model_card.py --check  only say whether they are up to date (exit status)
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "models" / "thfm-nano"
BEGIN, END = "<!-- figures: tools/model_card.py -->", "<!-- end of figures -->"
SPLITS = {
    "test": "one person",
    "people_2_4": "two to four people",
    "figures": "held-out figures",
}
ROWS = {
    "mask_iou": "mask IoU",
    "normals_mean_deg": "normals on people, mean angular error, degrees",
    "trivial_normals_deg": "– of normals that all face the camera",
    "depth_absrel": "depth on people, AbsRel after one scale and shift per clip",
    "depth_painted_absrel": "– of the painted depth alone, each frame over its own median",
    "trivial_depth_absrel": "– of one constant depth",
    "dense_pose_error": "dense pose, mean absolute error of a canonical coordinate",
    "trivial_dense_pose_error": "– of one constant position",
    "pck_0_1": "2D landmarks, PCK@0.1 of the person's box, visible ones",
    "pck_0_2": "2D landmarks, PCK@0.2",
    "mpjpe_mm": "3D landmarks, MPJPE root-relative, mm",
    "pa_mpjpe_mm": "3D landmarks, PA-MPJPE, mm",
    "accel_ratio": "acceleration error of windows of `accel_window` over that of single frames",
    "visibility_ece": "calibration error of landmark confidence (seen or not)",
    "person_ece": "calibration error of the person score",
    "nobody_mask_share": "share of pixels called a person where nobody is",
}


def figures(metrics: dict) -> str:
    """Return the table and what made it, as Markdown."""
    lines = [f"| | {' | '.join(SPLITS.values())} |", "|---|" + "---|" * len(SPLITS)]
    for name, title in ROWS.items():
        cells = [metrics[split].get(name) for split in SPLITS]
        if any(cell is not None for cell in cells):
            texts = ["–" if cell is None else f"{cell:.3g}" for cell in cells]
            lines.append(f"| {title} | {' | '.join(texts)} |")
    counts = ", ".join(f"{metrics[split]['clips']} {title}" for split, title in SPLITS.items())
    width, height = metrics["size"]
    lines += [
        "",
        f"Clips: {counts}; windows of {metrics['window']} at {width}×{height}, backend "
        f"{metrics['backend']}, code at {metrics['commit']}. Written by "
        f"`{metrics['command']}`; the data are named in [metrics.json](metrics.json).",
    ]
    return "\n".join(lines)


def card(text: str, metrics: dict) -> str:
    """Return the card with its figures replaced."""
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n{figures(metrics)}\n{END}{tail}"


def main() -> int:
    """Write or check."""
    path = FOLDER / "README.md"
    text = path.read_text()
    wanted = card(text, json.loads((FOLDER / "metrics.json").read_text()))
    if "--check" in sys.argv:
        return int(text != wanted)
    path.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
