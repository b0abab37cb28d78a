# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import struct

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


def encode(path, size=(64, 96), count=10, codec="libx264", form=None, noise=False, **options):
    """Write a video of grey pictures, each brighter than the one before, or of noise."""
    with av.open(f"file:{path}", "w", format=form) as container:
        stream = container.add_stream(codec, rate=25, options=options)
        stream.height, stream.width, stream.pix_fmt = *size, "yuv420p"
        for index in range(count):
            image = np.full((*size, 3), 20 * index % 256, np.uint8)
            if noise:
                image = np.random.default_rng(index).integers(0, 256, image.shape, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())
    return path


def spoil(path, which, byte=0xFF):
    """Overwrite a packet of a video."""
    with av.open(str(path)) as container:
        packets = [p for p in container.demux(video=0) if p.size]
    where, size = packets[which].pos, packets[which].size
    data = bytearray(path.read_bytes())
    # What stands before a picture in a Matroska file says where the next one begins.
    data[where + 16 : where + size] = bytes([byte]) * (size - 16)
    path.write_bytes(data)


@pytest.mark.fault("F73")
@pytest.mark.parametrize(
    ("suffix", "codec"), [("h264", "libx264"), ("hevc", "libx265"), ("m4v", "mpeg4")]
)
def test_an_elementary_stream_has_no_times_and_gets_some(tmp_path, suffix, codec):
    frames = list(read_frames(encode(tmp_path / f"camera.{suffix}", codec=codec, form=suffix)))
    assert [frame.stamp_ns for frame in frames] == [index * 40 * MS for index in range(10)]


@pytest.mark.fault("F73")
@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts", "avi"])
@pytest.mark.parametrize("byte", [0x00, 0xFF])
def test_a_damaged_packet_costs_its_frames_only(tmp_path, suffix, byte):
    path = encode(tmp_path / f"x.{suffix}", g="1", bf="0")
    spoil(path, 4, byte)
    frames = read_frames(path)
    assert 8 <= len(list(frames)) <= 10


@pytest.mark.fault("F73")
def test_what_was_damaged_is_counted(tmp_path):
    path = encode(tmp_path / "x.mp4", g="1", bf="0")
    spoil(path, 4)
    frames = read_frames(path)
    assert len(list(frames)) == 9
    assert frames.skipped == {"images left out: damaged": 1}
    assert frames.problems == ["1 images left out: damaged"]


@pytest.mark.fault("F73")
@pytest.mark.parametrize("suffix", ["ts", "mkv", "avi", "h264"])
def test_a_video_that_is_cut_is_read_to_the_cut(tmp_path, suffix):
    path = encode(tmp_path / f"x.{suffix}", g="1", bf="0", noise=True)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 3 // 4])
    assert 4 <= len(list(read_frames(path))) <= 9


@pytest.mark.fault("F73")
def test_images_that_a_cut_file_promises_are_named(tmp_path):
    path = encode(tmp_path / "x.mp4", g="1", bf="0", noise=True, movflags="faststart")
    moved = tmp_path / "front.mp4"
    with (
        av.open(str(path)) as source,
        av.open(str(moved), "w", options={"movflags": "faststart"}) as target,
    ):
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = stream
                target.mux(packet)
    moved.write_bytes(moved.read_bytes()[: moved.stat().st_size * 3 // 4])
    frames = read_frames(moved)
    count = len(list(frames))
    assert 0 < count < 10
    assert any("images that the file promises are not in it" in p for p in frames.problems)


@pytest.mark.fault("F73")
def test_seconds_that_a_cut_file_promises_are_named(tmp_path):
    path = encode(tmp_path / "x.mkv", g="1", bf="0", noise=True, count=50)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    frames = read_frames(path)
    assert 15 < len(list(frames)) < 30
    assert any("s that the file promises are not in it" in problem for problem in frames.problems)


@pytest.mark.fault("F73")
def test_the_size_may_change_in_mid_video(tmp_path):
    parts = [
        encode(tmp_path / f"{i}.h264", s, form="h264") for i, s in enumerate([(64, 96), (96, 64)])
    ]
    both = tmp_path / "both.h264"
    both.write_bytes(b"".join(part.read_bytes() for part in parts))
    assert [f.size for f in read_frames(both)] == [(96, 64)] * 10 + [(64, 96)] * 10


@pytest.mark.fault("F73")
def test_a_video_without_one_good_picture_says_why(tmp_path):
    path = encode(tmp_path / "x.mp4", count=1)
    spoil(path, 0)
    with pytest.raises(
        SourceError, match=r"x\.mp4 has no usable images: 1 images left out: cannot"
    ):
        list(read_frames(path))


@pytest.mark.fault("F73")
def test_pictures_of_other_sizes_are_fitted_into_a_video(tmp_path):
    with VideoWriter(tmp_path / "out.mp4") as writer:
        for index, size in enumerate([(32, 48), (48, 32), (31, 47)]):
            writer.write(writer.fit(np.full((*size, 3), 200, np.uint8)), index * 40 * MS)
    frames = list(read_frames(tmp_path / "out.mp4"))
    assert [frame.size for frame in frames] == [(48, 32)] * 3
    assert frames[1].image[16, 24].min() > 150
    assert frames[1].image[16, 2].max() < 50


@pytest.mark.fault("F73")
def test_stamps_that_jump_back_go_on_behind_what_was_written(tmp_path):
    with VideoWriter(tmp_path / "out.mp4") as writer:
        for stamp in (60_000 * MS, 60_040 * MS, 0, 40 * MS):
            writer.write(picture(99), stamp)
    stamps = [frame.stamp_ns // MS for frame in read_frames(tmp_path / "out.mp4")]
    assert stamps == [0, 40, 73, 113]


@pytest.mark.fault("F73")
@pytest.mark.parametrize("leap_s", [8 * 3600, 86_400, 1_700_000_000])
def test_stamps_that_leap_ahead_go_on_behind_what_was_written(tmp_path, leap_s):
    with VideoWriter(tmp_path / "out.mp4") as writer:
        for stamp in (0, 40 * MS, leap_s * 1000 * MS, (leap_s * 1000 + 40) * MS):
            writer.write(picture(99), stamp)
    stamps = [frame.stamp_ns // MS for frame in read_frames(tmp_path / "out.mp4")]
    assert stamps == [0, 40, 73, 113]


@pytest.mark.fault("F78")
def test_a_video_that_nobody_closed_can_be_played(tmp_path):
    writer = VideoWriter(tmp_path / "out.mp4")
    for index in range(200):
        writer.write(picture(index), index * 40 * MS)
    assert len(list(read_frames(tmp_path / "out.mp4"))) >= 90
    writer.close()


@pytest.mark.fault("F76")
@pytest.mark.parametrize(
    ("matrix", "corner"),
    [
        ((1, 0, 0, 1), (0, 0)),
        ((0, 1, -1, 0), (0, 1)),
        ((-1, 0, 0, -1), (1, 1)),
        ((0, -1, 1, 0), (1, 0)),
        ((-1, 0, 0, 1), (0, 1)),
        ((1, 0, 0, -1), (1, 0)),
        ((0, 1, 1, 0), (0, 0)),
        ((0, -1, -1, 0), (1, 1)),
    ],
    ids=str,
)
def test_a_phones_video_is_upright(tmp_path, matrix, corner):
    """The picture's upper left quarter is bright; the file says where that is shown (a b c d)."""
    shape = (64, 96)
    path = tmp_path / "phone.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.height, stream.width, stream.pix_fmt = *shape, "yuv420p"
        image = np.zeros((*shape, 3), np.uint8)
        image[:32, :48] = 255
        container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())
    data, (a, b, c, d) = bytearray(path.read_bytes()), matrix
    numbers = [a, b, 0, c, d, 0, 0, 0, 0x40000000]
    scaled = [value if abs(value) > 1 else value * 0x10000 for value in numbers]
    struct.pack_into(">9i", data, data.find(b"tkhd") - 4 + 48, *scaled)
    path.write_bytes(data)
    frame = next(iter(read_frames(path)))
    assert frame.size == ((64, 96) if b else (96, 64))
    height, width = frame.image.shape[:2]
    quarters = {
        (row, column): frame.image[row * height // 2 :, column * width // 2 :][
            : height // 2, : width // 2
        ].mean()
        for row in (0, 1)
        for column in (0, 1)
    }
    assert max(quarters, key=quarters.get) == corner


@pytest.mark.fault("F75")
def test_a_name_may_have_a_colon(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with VideoWriter("12:30:05.mp4") as writer:
        writer.write(picture(9), 0)
    assert len(list(read_frames("12:30:05.mp4"))) == 1
