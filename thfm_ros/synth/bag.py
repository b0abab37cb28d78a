# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Write a clip as a rosbag2 (MCAP) with ground-truth topics, without ROS.

Depth, normals and dense pose are NaN where they are not known (REP-118). The types of the keypoint
topics are read from the package's own msg/ folder.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from rosbags.rosbag2 import StoragePlugin, Writer

from thfm_ros import skeleton
from thfm_ros.clips.clip import Clip
from thfm_ros.interfaces import typestore
from thfm_ros.perception import LandmarkState

FRAME_ID = "camera_color_optical_frame"
START_NS = 1_700_000_000_000_000_000
IMAGE_TOPIC, INFO_TOPIC = "/camera/color/image_raw", "/camera/color/camera_info"
TRUTH = "/ground_truth"
BAG_VERSION = 9
TRACKED = 1
"""Person2D.TRACKED."""


def write_bag(folder: Path, clip: Clip) -> None:
    """Write a clip to a new bag folder; a FileExistsError says when it is there already."""
    if folder.exists():
        raise FileExistsError(f"{folder} is there already; a bag is never overwritten")
    types = typestore()
    messages = _Messages(types, clip)
    with Writer(folder, version=BAG_VERSION, storage_plugin=StoragePlugin.MCAP) as writer:
        connections = {}
        for frame in range(len(clip.rgb)):
            stamp = START_NS + round(float(clip.times[frame]) * 1e9)
            for topic, message in messages.of(frame, stamp).items():
                kind = message.__msgtype__
                if topic not in connections:
                    connections[topic] = writer.add_connection(topic, kind, typestore=types)
                writer.write(connections[topic], stamp, types.serialize_cdr(message, kind))


class _Messages:
    """Builds the messages of one frame."""

    def __init__(self, types, clip: Clip) -> None:
        self._types, self._clip = types.types, clip
        self._size = clip.rgb.shape[2], clip.rgb.shape[1]

    def of(self, frame: int, stamp: int) -> dict:
        clip, on_people = self._clip, self._clip.mask[frame] > 0
        depth = np.where(clip.depth[frame] > 0, clip.depth[frame], np.nan)
        known = np.abs(clip.normals[frame]).sum(-1, keepdims=True) > 0.5
        normals = np.where(known, clip.normals[frame], np.nan)
        dense_pose = np.where(on_people[..., None], clip.dense_pose[frame], np.nan)
        return {
            IMAGE_TOPIC: self._image(stamp, "rgb8", clip.rgb[frame]),
            INFO_TOPIC: self._camera_info(stamp, clip.intrinsics[frame]),
            f"{TRUTH}/depth/image": self._image(stamp, "32FC1", depth.astype("<f4")),
            f"{TRUTH}/normals/image": self._image(stamp, "32FC3", normals.astype("<f4")),
            f"{TRUTH}/mask/image": self._image(stamp, "mono8", clip.mask[frame]),
            f"{TRUTH}/mask/instances": self._image(stamp, "mono8", clip.instance[frame]),
            f"{TRUTH}/dense_pose/image": self._image(stamp, "32FC3", dense_pose.astype("<f4")),
            f"{TRUTH}/keypoints2d": self._keypoints2d(frame, stamp),
            f"{TRUTH}/keypoints3d": self._keypoints3d(frame, stamp),
        }

    def _header(self, stamp: int):
        time = self._types["builtin_interfaces/msg/Time"](*divmod(stamp, 1_000_000_000))
        return self._types["std_msgs/msg/Header"](time, FRAME_ID)

    def _image(self, stamp: int, encoding: str, pixels: np.ndarray):
        width, height = self._size
        data = np.ascontiguousarray(pixels)
        return self._types["sensor_msgs/msg/Image"](
            self._header(stamp),
            height,
            width,
            encoding,
            0,
            data.nbytes // height,
            data.view(np.uint8).ravel(),
        )

    def _camera_info(self, stamp: int, intrinsics: np.ndarray):
        fx, fy, cx, cy = (float(value) for value in intrinsics)
        width, height = self._size
        return self._types["sensor_msgs/msg/CameraInfo"](
            self._header(stamp),
            height,
            width,
            "plumb_bob",
            np.zeros(5),
            np.array([fx, 0, cx, 0, fy, cy, 0, 0, 1.0]),
            np.eye(3).ravel(),
            np.array([fx, 0, cx, 0, 0, fy, cy, 0, 0, 0, 1.0, 0]),
            0,
            0,
            self._types["sensor_msgs/msg/RegionOfInterest"](0, 0, 0, 0, False),
        )

    def _seen(self, frame: int) -> list[int]:
        """People of whom at least one landmark lies in the image."""
        state = self._clip.landmark_state[frame]
        inside = (state == LandmarkState.VISIBLE) | (state == LandmarkState.OCCLUDED)
        return [int(person) for person in np.flatnonzero(inside.any(-1))]

    def _roi(self, frame: int, person: int):
        rows, columns = np.nonzero(self._clip.instance[frame] == person + 1)
        box = (0, 0, 0, 0)
        if len(rows):
            top, left = int(rows.min()), int(columns.min())
            box = left, top, int(columns.max()) - left + 1, int(rows.max()) - top + 1
        left, top, width, height = box
        roi = self._types["sensor_msgs/msg/RegionOfInterest"]
        return roi(x_offset=left, y_offset=top, height=height, width=width, do_rectify=False)

    def _keypoints2d(self, frame: int, stamp: int):
        people = []
        for person in self._seen(frame):
            state = self._clip.landmark_state[frame, person]
            x, y = _nan_where_absent(self._clip.landmarks2d[frame, person], state)
            people.append(
                self._types["thfm_ros/msg/Person2D"](
                    id=f"gt{person + 1}",
                    score=1.0,
                    track_state=TRACKED,
                    roi=self._roi(frame, person),
                    x=x,
                    y=y,
                    confidence=(state != LandmarkState.ABSENT).astype(np.float32),
                    state=state,
                )
            )
        width, height = self._size
        return self._types["thfm_ros/msg/Keypoints2D"](
            self._header(stamp), skeleton.NAME, width, height, people, 0
        )

    def _keypoints3d(self, frame: int, stamp: int):
        people = []
        unknown = self._types["geometry_msgs/msg/Vector3"](np.nan, np.nan, np.nan)
        point = self._types["geometry_msgs/msg/Point"]
        for person in self._seen(frame):
            state = self._clip.landmark_state[frame, person]
            places = self._clip.landmarks3d[frame, person].astype(np.float32)
            root = places[skeleton.HIPS].mean(0)
            x, y, z = np.ascontiguousarray(places.T)
            relative_x, relative_y, relative_z = np.ascontiguousarray((places - root).T)
            people.append(
                self._types["thfm_ros/msg/Person3D"](
                    id=f"gt{person + 1}",
                    score=1.0,
                    track_state=TRACKED,
                    x=x,
                    y=y,
                    z=z,
                    sigma=np.zeros(skeleton.COUNT, np.float32),
                    relative_x=relative_x,
                    relative_y=relative_y,
                    relative_z=relative_z,
                    confidence=np.ones(skeleton.COUNT, np.float32),
                    state=state,
                    root=point(*map(float, root)),
                    root_covariance=np.zeros(9),
                    velocity=unknown,
                )
            )
        return self._types["thfm_ros/msg/Keypoints3D"](
            self._header(stamp), skeleton.NAME, True, people, 0
        )


def _nan_where_absent(pixels: np.ndarray, state: np.ndarray) -> np.ndarray:
    """Return x and y, each float32 [33]."""
    shown = np.where((state == LandmarkState.ABSENT)[:, None], np.float32(np.nan), pixels)
    return np.ascontiguousarray(shown.T, np.float32)
