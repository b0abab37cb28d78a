# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import av
import cv2
import numpy as np
import pytest

from thfm_ros.media.errors import SourceError
from thfm_ros.media.video import VideoWriter, read_frames

MS = 1_000_000


def picture(value):
    return np.full((32, 48, 3), value, np.uint8)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: None, "does not exist"),
        (lambda path: path.write_text("no video"), "cannot be opened as a video"),
        (lambda path: path.mkdir(), "neither a bag nor a folder"),
    ],
)
def test_unreadable_sources_are_named(tmp_path, make, reason):
    path = tmp_path / "source.mp4"
    make(path)
    with pytest.raises(SourceError, match=reason):
        list(read_frames(path))


def test_folder_with_a_broken_image(tmp_path):
    (tmp_path / "a.png").write_bytes(b"no image")
    with pytest.raises(SourceError, match=r"a\.png cannot be decoded"):
        list(read_frames(tmp_path))


def test_pictures_are_shown_at_their_stamps(tmp_path):
    stamps = [0, 40 * MS, 240 * MS, 250 * MS]
    with VideoWriter(tmp_path / "out.mp4") as writer:
        for index, stamp in enumerate(stamps):
            writer.write(picture(40 + 50 * index), 7_000_000_000 + stamp)
    frames = list(read_frames(tmp_path / "out.mp4"))
    assert [round(frame.stamp_ns / MS) for frame in frames] == [stamp // MS for stamp in stamps]
    for index, frame in enumerate(frames):
        assert abs(int(frame.image.mean()) - (40 + 50 * index)) <= 3


def test_equal_stamps_do_not_end_the_video(tmp_path):
    with VideoWriter(tmp_path / "out.mp4") as writer:
        for stamp in (5, 5, 4):
            writer.write(picture(99), stamp)
    assert len(list(read_frames(tmp_path / "out.mp4"))) == 3


def test_writer_refuses_odd_and_changing_sizes(tmp_path):
    with VideoWriter(tmp_path / "out.mp4") as writer:
        with pytest.raises(ValueError, match="even sizes"):
            writer.write(picture(1)[:31], 0)
        writer.write(picture(1), 0)
        with pytest.raises(ValueError, match="this video's are"):
            writer.write(picture(1)[:30], 1)


def test_without_pictures_there_is_no_file(tmp_path):
    with VideoWriter(tmp_path / "out.mp4"):
        pass
    assert not (tmp_path / "out.mp4").exists()


def test_folder_of_images_in_order_of_names(tmp_path):
    for name, value in (("b.png", 20), ("a.png", 10), ("notes.txt", 0)):
        cv2.imwrite(str(tmp_path / f"{name}.png"[:5]), picture(value)) if ".png" in name else None
    frames = list(read_frames(tmp_path, folder_fps=10))
    assert [(frame.stamp_ns, frame.image[0, 0, 0]) for frame in frames] == [(0, 10), (100 * MS, 20)]


def test_a_sound_file_has_no_frames(tmp_path):
    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), layout="mono")
        sound.sample_rate = 8000
        container.mux(stream.encode(sound))
    with pytest.raises(SourceError, match="no video stream"):
        read_frames(path)
