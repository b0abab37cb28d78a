# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Score the shipped nano, and MediaPipe, on people in photographs that were labelled by hand.

python tools/photographs.py --pictures DIR [DIR ...] --json docs/data/photographs.json

The labels are in photographs.yaml (with outlines) and photographs_people.yaml (landmarks alone,
labelled twice with label_people.py); the pictures come with other packages (both say which) and are
looked for in the given folders. Each subject sees a crop around one person, as a still. Weights are
chosen on every second person (half "a"); half "b" says what that choice is worth.
Pictures that show nobody are in photographs_nobody.yaml: whoever is seen there is a false person.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path

import cv2
import numpy as np
import yaml

from thfm_ros import skeleton
from thfm_ros.evaluation.benchmark.machine import describe_machine
from thfm_ros.evaluation.metrics import mattes
from thfm_ros.evaluation.peers.subject import PeerSubject
from thfm_ros.evaluation.replay.recording import Sample
from thfm_ros.evaluation.replay.subjects import EngineSubject, Subject
from thfm_ros.frame import Frame
from thfm_ros.model.shipped import config_of
from thfm_ros.perception import Perception
from thfm_ros.region import crop_around
from thfm_ros.runtime.engine import EngineConfig
from thfm_ros.runtime.stream.window import WindowPolicy

LABELS = Path(__file__).with_suffix(".yaml")
PEOPLE = LABELS.with_stem("photographs_people")
NOBODY = LABELS.with_stem("photographs_nobody")
MIN_SCORES = (0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99)
PROPORTIONS = (4, 3)
SHARES = (0.05, 0.1, 0.2)


def main() -> None:
    """Score, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", nargs="+", type=Path, required=True, help="folders")
    parser.add_argument("--checkpoint", default="", help="directory (default: what ships)")
    parser.add_argument("--peer-python", help="interpreter that has MediaPipe; default: without it")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    labels = [label for file in (LABELS, PEOPLE) for label in yaml.safe_load(file.read_text())]
    people = [cut_out(label, args.pictures) for label in labels]
    nobody = [read_picture(name, 0, args.pictures) for name in yaml.safe_load(NOBODY.read_text())]
    window = WindowPolicy(config_of(args.checkpoint).frames)
    config = EngineConfig(args.checkpoint, window=window, min_confidence=0.0)
    subjects = [EngineSubject(config)]
    if args.peer_python:
        subjects.append(PeerSubject("mediapipe", args.peer_python))
    figures = {one.name: {"title": one.title, **score(one, people)} for one in subjects}
    # From every score on, so that the table shows what each limit would do.
    everybody = EngineSubject(dataclasses.replace(config, min_score=0.0))
    figures["thfm"]["min_score"] = sweep(everybody, people, nobody)
    everybody.close()
    for name, table in figures.items():
        print(name, {key: value for key, value in table.items() if key != "people"})
    if args.json:
        report = {**figures, "machine": describe_machine()}
        args.json.write_text(json.dumps(report, indent=2) + "\n")


def cut_out(label: dict, folders: list[Path]) -> dict:
    """Return a label in pixels of a crop around its person, with image and mask (None without)."""
    image = read_picture(label["picture"], label.get("frame", 0), folders)
    size = image.shape[1::-1]
    outline = np.array(label["outline"]) if "outline" in label else None
    corners = _corners(label["box"]) if outline is None else outline
    low = np.clip(np.floor(corners.min(0)), 0, np.array(size) - 1).astype(int)
    high = np.clip(np.ceil(corners.max(0)) + 1, low + 1, size).astype(int)
    crop = crop_around((*low.tolist(), *(high - low).tolist()), size, PROPORTIONS)
    x, y, width, height = crop.box
    part = np.s_[y : y + height, x : x + width]
    mask = None
    if outline is not None:
        mask = np.zeros(size[::-1], np.uint8)
        cv2.fillPoly(mask, [np.rint(outline).astype(np.int32)], 1)
        mask = mask[part].astype(np.float32)
    return {
        "name": label["name"],
        "image": np.ascontiguousarray(image[part]),
        "mask": mask,
        "landmarks": {k: np.array(spot) - (x, y) for k, spot in label["landmarks"].items()},
        "edge": int((high - low).max()),
    }


def _corners(box: list[float]) -> np.ndarray:
    x, y, width, height = box
    return np.array(((x, y), (x + width - 1, y + height - 1)))


def read_picture(name: str, frame: int, folders: list[Path]) -> np.ndarray:
    """Read a picture, or a video's frame, from the folder that has it -> RGB uint8 [H, W, 3]."""
    found = [folder / name for folder in folders if (folder / name).is_file()]
    if not found:
        raise SystemExit(f"{name} is in none of {', '.join(map(str, folders))}")
    capture = cv2.VideoCapture(str(found[0]))
    for _ in range(frame + 1):
        _, image = capture.read()
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def score(subject: Subject, people: list[dict]) -> dict:
    """Return means over people (mask IoU) and over landmarks (PCK); whoever is not found misses."""
    samples = [
        Sample(Frame((1 + index) * 10**9, person["image"]), reset="another picture")
        for index, person in enumerate(people)
    ]
    rows = {}
    for person, (_, seen, _) in zip(people, subject.answers(samples), strict=True):
        row = {"errors": {n: round(e, 4) for n, e in landmark_errors(seen, person).items()}}
        if person["mask"] is not None:
            row["mask_iou"] = round(mattes.iou(seen.mask, person["mask"]), 4)
        rows[person["name"]] = row
    subject.close()
    everybody = list(rows.values())
    outlined = [row for row in everybody if "mask_iou" in row]
    return {
        "mask_iou": round(float(np.mean([row["mask_iou"] for row in outlined])), 4),
        "all": pck(everybody),
        "outlined": pck(outlined),
        "half_a": pck(everybody[::2]),
        "half_b": pck(everybody[1::2]),
        "people": rows,
    }


def pck(rows: list[dict]) -> dict:
    """Return the share of landmarks that are close enough, and how many people and landmarks."""
    errors = np.array([error for row in rows for error in row["errors"].values()])
    shares = {f"pck_{share}": round(float((errors < share).mean()), 4) for share in SHARES}
    return {**shares, "people": len(rows), "landmarks": len(errors)}


def sweep(subject: Subject, people: list[dict], nobody: list[np.ndarray]) -> dict:
    """Return for limits of the score: the share of people found, and of empty pictures with one."""
    pictures = [person["image"] for person in people] + nobody
    samples = [
        Sample(Frame((1 + index) * 10**9, image), reset="another picture")
        for index, image in enumerate(pictures)
    ]
    scores = np.array(
        [
            max((person.score for person in seen.people), default=-1.0)
            for _, seen, _ in subject.answers(samples)
        ]
    )
    here, away = scores[: len(people)], scores[len(people) :]
    return {
        "pictures_without_people": len(away),
        "limits": {
            f"{limit:g}": {
                "found": round(float((here >= limit).mean()), 4),
                "pictures_with_a_false_person": int((away >= limit).sum()),
            }
            for limit in MIN_SCORES
        },
    }


def landmark_errors(seen: Perception, person: dict) -> dict[str, float]:
    """Return how far off landmarks are, as shares of the person's longer edge; 9 = not found."""
    wanted = person["landmarks"]
    if not seen.people:
        return dict.fromkeys(wanted, 9.0)
    largest = max(seen.people, key=lambda found: found.box[2] * found.box[3])
    spots = {name: largest.pixels[skeleton.INDEX[name]] for name in wanted}
    errors = {n: float(np.linalg.norm(spots[n] - wanted[n])) / person["edge"] for n in wanted}
    return {name: error if np.isfinite(error) else 9.0 for name, error in errors.items()}


if __name__ == "__main__":
    main()
