# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Fault F75: folders of images as people have them."""

import cv2
import numpy as np
import pytest

from thfm_ros.media.errors import SourceError
from thfm_ros.media.folders import IMAGE_SUFFIXES
from thfm_ros.media.video import read_frames

EXIF_TURNED = (
    bytes.fromhex("ffe10022")
    + b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
)


def write(path, value=100, size=(16, 24)):
    cv2.imwrite(str(path), np.full((*size, 3), value, np.uint8))
    return path


def values(frames):
    return [round(float(frame.image.mean())) for frame in frames]


def test_a_folder_without_images(tmp_path):
    (tmp_path / "notes.txt").write_text("no image")
    (tmp_path / ".hidden.png").write_bytes(b"no image")
    with pytest.raises(SourceError, match=r"neither a bag nor a folder with \.jpg"):
        read_frames(tmp_path)


@pytest.mark.fault("F75")
def test_broken_images_are_left_out_and_counted_by_name(tmp_path):
    write(tmp_path / "1.png", 10)
    (tmp_path / "2.png").write_bytes(b"no image")
    whole = write(tmp_path / "3.jpg", 30).read_bytes()
    (tmp_path / "3.jpg").write_bytes(whole[: len(whole) - 20])
    (tmp_path / "4.png").touch()
    write(tmp_path / "5.png", 50)
    frames = read_frames(tmp_path)
    assert values(frames) == [10, 50]
    assert frames.skipped == {
        "images left out: 2.png cannot be decoded": 1,
        "images left out: 3.jpg is cut short": 1,
        "images left out: 4.png is empty": 1,
    }


@pytest.mark.fault("F75")
def test_a_link_whose_file_is_gone_is_left_out_and_counted(tmp_path):
    write(tmp_path / "1.png", 10)
    (tmp_path / "2.png").symlink_to(tmp_path / "gone.png")
    frames = read_frames(tmp_path)
    assert values(frames) == [10]
    ((reason, count),) = frames.skipped.items()
    assert count == 1
    assert "2.png" in reason


@pytest.mark.fault("F75")
def test_numbers_in_names_count_as_numbers(tmp_path):
    for number in (10, 2, 1, 100):
        write(tmp_path / f"frame_{number}_left.png", number)
    write(tmp_path / "frame_02_left.png", 3)
    assert values(read_frames(tmp_path)) == [1, 3, 2, 10, 100]


@pytest.mark.fault("F75")
def test_hidden_and_other_files_are_counted_and_folders_are_not_looked_into(tmp_path):
    write(tmp_path / "1.png", 10)
    (tmp_path / "._1.png").write_bytes(b"\0\5\x16\7Mac OS X")
    (tmp_path / "Thumbs.db").touch()
    (tmp_path / "@eaDir").mkdir()
    write(tmp_path / "@eaDir" / "1.png", 99)
    (tmp_path / "folder.png").mkdir()
    frames = read_frames(tmp_path)
    assert values(frames) == [10]
    assert frames.skipped == {"other files in the folder": 2}


@pytest.mark.fault("F75")
@pytest.mark.parametrize("suffix", [*IMAGE_SUFFIXES, ".JPG"])
def test_every_kind_of_image(tmp_path, suffix):
    if not cv2.haveImageWriter(suffix):
        pytest.skip(f"this OpenCV does not know {suffix}")
    write(tmp_path / f"a{suffix}", 90)
    assert values(read_frames(tmp_path)) == [90]
    assert values(read_frames(tmp_path / f"a{suffix}")) == [90]


@pytest.mark.fault("F75")
@pytest.mark.parametrize("name", ["12:30:05.png", "größe %d.png", "a'b\"c.png", "-x.png"])
def test_names_of_all_sorts(tmp_path, name):
    write(tmp_path / "x.png", 90).rename(tmp_path / name)
    assert values(read_frames(tmp_path)) == [90]


@pytest.mark.fault("F76")
def test_a_phones_photograph_is_upright(tmp_path):
    """EXIF orientation 6: the camera was turned; the picture is shown a quarter turn clockwise."""
    image = np.zeros((16, 24, 3), np.uint8)
    image[:8, :12] = 255
    data = cv2.imencode(".jpg", image)[1].tobytes()
    (tmp_path / "photo.jpg").write_bytes(data[:2] + EXIF_TURNED + data[2:])
    for source in (tmp_path, tmp_path / "photo.jpg"):
        (frame,) = read_frames(source)
        assert frame.size == (16, 24)
        assert frame.image[:12, 8:].mean() > 240
