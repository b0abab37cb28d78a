# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Files of data sets: a missing one is named, a pickle may only hold numbers."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np

from thfm_ros.camera import Intrinsics
from thfm_ros.evaluation.replay.recording import Sample
from thfm_ros.evaluation.truth import TruePerson, Truth
from thfm_ros.frame import NS_PER_S, Frame
from thfm_ros.perception import LandmarkState

_PAUSE_NS = 10 * NS_PER_S


class DatasetError(ValueError):
    """A data set that is not where or what it should be; the text names the path."""


def require(path: Path, what: str) -> Path:
    """Return the path, or say which file or folder of the data set is missing."""
    if not path.exists():
        raise DatasetError(f"{what} is missing: {path}")
    return path


def folders(root: Path, pattern: str, what: str) -> list[Path]:
    """Return the paths that match, sorted; DatasetError if none does."""
    found = sorted(require(root, "the data set's folder").glob(pattern))
    if not found:
        raise DatasetError(f"{what} is missing: nothing matches {root / pattern}")
    return found


def read_rgb(path: Path) -> np.ndarray:
    """Read an image as uint8 [H, W, 3] RGB."""
    image = cv2.imread(str(require(path, "an image")), cv2.IMREAD_COLOR)
    if image is None:
        raise DatasetError(f"{path} cannot be decoded as an image")
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def read_grey(path: Path) -> np.ndarray:
    """Read a mask or alpha image as float32 [H, W] in 0..1."""
    image = cv2.imread(str(require(path, "a mask")), cv2.IMREAD_GRAYSCALE)
    if image is None:
        raise DatasetError(f"{path} cannot be decoded as an image")
    return image.astype(np.float32) / 255


def read_numbers(path: Path) -> dict:
    """Read an .npz or a .pkl that holds arrays and plain values; nothing in it is executed."""
    require(path, "a file")
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as archive:
            return dict(archive)
    try:
        with path.open("rb") as file:
            return _NumbersOnly(file, encoding="latin1").load()
    except (pickle.UnpicklingError, EOFError, AttributeError) as error:
        raise DatasetError(f"{path} cannot be read as arrays: {error}") from error


class _NumbersOnly(pickle.Unpickler):
    """Unpickles NumPy arrays, numbers, text and containers of them, and refuses code."""

    def find_class(self, module: str, name: str) -> type:
        """Return NumPy's constructors of arrays only."""
        core = module.replace("numpy.core", "numpy._core")
        if core in ("numpy", "numpy._core.multiarray", "numpy._core.numeric") and name in (
            "ndarray",
            "dtype",
            "scalar",
            "_reconstruct",
            "_frombuffer",
        ):
            return super().find_class(core, name)
        if (module, name) == ("_codecs", "encode"):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"it wants to run {module}.{name}")


def pinhole(matrix: np.ndarray, size: tuple[int, int]) -> Intrinsics:
    """Return the intrinsics of a matrix K [3, 3] for an image of size (width, height)."""
    k = np.asarray(matrix, dtype=np.float64)
    return Intrinsics(k[0, 0], k[1, 1], k[0, 2], k[1, 2], *size)


def labelled_person(name: str, positions: np.ndarray, camera: Intrinsics) -> TruePerson:
    """Return somebody whose joints [J, 3] are known in the camera's frame; occlusion is not known.

    Joints in the image count as visible.
    """
    pixels = camera.project(positions)
    inside = (pixels >= -0.5) & (pixels < (camera.width - 0.5, camera.height - 0.5))
    inside = inside.all(-1) & (positions[:, 2] > 0)
    box = (0, 0, 0, 0)
    if inside.any():
        low, high = np.floor(pixels[inside].min(0)), np.ceil(pixels[inside].max(0))
        box = tuple(int(v) for v in (*low, *(high - low + 1)))
    state = np.where(inside, LandmarkState.VISIBLE, LandmarkState.OUT_OF_VIEW).astype(np.uint8)
    return TruePerson(name, pixels, positions, state, box, float(positions[:, 2].mean()))


def in_sequence(
    sequences: Iterable[Iterable[tuple[np.ndarray, Intrinsics | None, Truth]]], fps: float
) -> Iterator[Sample]:
    """Yield frames of sequences as one stream: ten seconds and a reset lie between two of them."""
    stamp = 0
    for sequence in sequences:
        stamp += _PAUSE_NS
        reset = "a new sequence"
        for image, camera, truth in sequence:
            yield Sample(Frame(stamp, image, "camera", camera), truth, reset)
            stamp += round(NS_PER_S / fps)
            reset = ""
