# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Each reader on a tiny folder of the data set's own layout, which the test writes."""

import pickle
from itertools import chain

import cv2
import numpy as np
import pytest

from thfm_ros.camera import Intrinsics
from thfm_ros.evaluation.datasets import human36m
from thfm_ros.evaluation.datasets.files import DatasetError
from thfm_ros.evaluation.datasets.registry import DATA_SETS
from thfm_ros.evaluation.joints import LSP14

CAMERA = Intrinsics(100.0, 100.0, 31.5, 23.5, 64, 48)
MATRIX = CAMERA.matrix
EXTRINSICS = np.hstack([np.eye(3), [[0], [0], [4.0]]])
RANDOM = np.random.default_rng(0)
SQUARE = "v -1 -1 0\nv 1 -1 0\nv 1 1 0\nv -1 1 0\nvt 0 0\nvt 1 0\nvt 1 1\nvt 0 1\n"
FACES = "f 1/1 2/2 3/3 4/4\n"


def read(name, root, **options):
    return list(DATA_SETS[name].read(root, options))


def write_image(path, size=(64, 48), value=120):
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((size[1], size[0], 3), value, np.uint8))


def write_pickle(path, values):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps(values, protocol=2))


@pytest.mark.parametrize("name", DATA_SETS)
def test_a_folder_that_is_not_there_is_named(name, tmp_path, models):
    with pytest.raises(DatasetError, match=r"missing.*nowhere"):
        read(name, tmp_path / "nowhere", body_models=models)


@pytest.mark.parametrize("name", ["emdb1", "rich"])
def test_body_models_have_to_be_named(name, tmp_path):
    with pytest.raises(DatasetError, match="name --body-models"):
        read(name, tmp_path)


@pytest.mark.parametrize("name", DATA_SETS)
def test_split_and_protocol_are_stated(name):
    data_set = DATA_SETS[name]
    assert len(data_set.split) > 10
    assert len(data_set.protocol) > 10
    assert "." in data_set.register


def test_photomatte85(tmp_path):
    image = np.full((8, 10, 4), 200, np.uint8)
    image[:, :5, 3] = 0
    (tmp_path / "set").mkdir()
    cv2.imwrite(str(tmp_path / "set" / "a.png"), image)
    sample = read("photomatte85", tmp_path)[0]
    assert sample.truth.known == ("mask",)
    assert sample.truth.mask[0].tolist() == [0] * 5 + [pytest.approx(200 / 255)] * 5
    assert sample.frame.image[0, 0].tolist() == [127] * 3
    write_image(tmp_path / "bad" / "b.png")
    with pytest.raises(DatasetError, match="is no RGBA image"):
        read("photomatte85", tmp_path)


def write_emdb(root, split, frames=3):
    folder = root / "P0" / "00_walk"
    for index in range(frames):
        write_image(folder / "images" / f"{index:05d}.jpg")
    smpl = {
        "poses_root": np.zeros((frames, 3)),
        "poses_body": np.zeros((frames, 69)),
        "trans": np.zeros((frames, 3)),
        "betas": np.zeros(10),
    }
    extrinsics = np.tile(np.vstack([EXTRINSICS, [0, 0, 0, 1]]), (frames, 1, 1))
    camera = {"intrinsics": MATRIX, "extrinsics": extrinsics, "width": 64, "height": 48}
    data = {"name": "P0_00_walk", "gender": "male", "emdb1": split == 1, "emdb2": split == 2}
    good = np.array([True] * (frames - 1) + [False])
    data.update(n_frames=frames, good_frames_mask=good, smpl=smpl, camera=camera)
    write_pickle(folder / "P0_00_walk_data.pkl", data)


def test_emdb_gives_its_split_and_its_good_frames(tmp_path, models):
    write_emdb(tmp_path, split=1)
    samples = read("emdb1", tmp_path, body_models=models)
    assert len(samples) == 2
    assert [sample.reset for sample in samples] == ["a new sequence", ""]
    truth = samples[0].truth
    assert truth.joints == "smpl24"
    assert truth.people[0].positions[0, 2] == pytest.approx(4, abs=1)
    assert np.allclose(truth.people[0].pixels, CAMERA.project(truth.people[0].positions))
    with pytest.raises(DatasetError, match="no sequence is marked emdb2"):
        read("emdb2", tmp_path, body_models=models)
    (tmp_path / "P0" / "00_walk" / "images" / "00000.jpg").unlink()
    with pytest.raises(DatasetError, match="has 2 images, its annotation 3 frames"):
        read("emdb1", tmp_path, body_models=models)


def test_hi4d_needs_all_pairs_and_reads_scans_masks_and_joints(tmp_path):
    joints = RANDOM.normal(scale=0.3, size=(2, 45, 3))
    for pair in ("pair28", "pair32", "pair37"):
        action = tmp_path / pair / "hug"
        write_image(action / "images" / "4" / "000007.jpg")
        (action / "cameras").mkdir()
        np.savez(
            action / "cameras" / "rgb_cameras.npz",
            ids=np.array([0, 4]),
            intrinsics=np.stack([MATRIX, MATRIX]),
            extrinsics=np.stack([EXTRINSICS, EXTRINSICS]),
            dist_coeffs=np.zeros((2, 5)),
        )
        (action / "frames").mkdir()
        (action / "frames" / "mesh-f00007.obj").write_text(SQUARE + FACES)
        (action / "smpl").mkdir()
        np.savez(action / "smpl" / "000007.npz", joints_3d=joints)
    samples = read("hi4d", tmp_path)
    assert len(samples) == 3
    truth = samples[0].truth
    assert truth.known == ("depth", "normals", "mask", "people")
    assert np.nanmedian(truth.depth) == 4
    assert np.allclose(truth.people[1].positions, joints[1, :24] + (0, 0, 4))
    (tmp_path / "pair28" / "hug" / "frames" / "mesh-f00007.obj").unlink()
    with pytest.raises(DatasetError, match=r"a scan is missing: .*mesh-f00007\.obj"):
        read("hi4d", tmp_path)


def test_hi4d_without_a_pair(tmp_path):
    (tmp_path / "pair28").mkdir()
    with pytest.raises(DatasetError, match="pair32, pair37 is missing"):
        read("hi4d", tmp_path)


def test_human36m(tmp_path):
    h5py = pytest.importorskip("h5py")
    positions = RANDOM.normal(scale=300, size=(32, 3)) + np.array((0, 0, 4000))
    for subject in human36m.SUBJECTS:
        folder = tmp_path / subject / "Walking-1"
        write_image(folder / "imageSequence" / str(human36m.FRONTAL) / "img_000005.jpg")
        with h5py.File(folder / "annot.h5", "w") as file:
            file["camera"] = np.array([human36m.FRONTAL, 54138969])
            file["frame"] = np.array([5, 5])
            file["pose/3d"] = np.stack([positions, positions])
            file["pose/2d"] = np.tile(CAMERA.project(positions / 1000), (2, 1, 1))
    samples = read("human36m", tmp_path)
    assert len(samples) == 2
    person = samples[0].truth.people[0]
    left_knee = LSP14.joints.index("left_knee")
    assert np.allclose(person.positions[left_knee], positions[7] / 1000)
    assert samples[0].frame.intrinsics.fx == pytest.approx(100)


def test_rich(tmp_path, models):
    write_image(tmp_path / "test" / "Gym_010_dips" / "cam_02" / "00012_02.jpeg")
    body = {"betas": np.zeros((1, 10)), "global_orient": np.zeros((1, 3))}
    body.update(body_pose=np.zeros((1, 63)), transl=np.zeros((1, 3)))
    write_pickle(tmp_path / "test_body" / "Gym_010_dips" / "00012" / "010.pkl", body)
    with pytest.raises(DatasetError, match=r"a calibration is missing: .*002\.xml"):
        read("rich", tmp_path, body_models=models)
    calibration = tmp_path / "scan_calibration" / "Gym" / "calibration" / "002.xml"
    calibration.parent.mkdir(parents=True)
    storage = cv2.FileStorage(str(calibration), cv2.FILE_STORAGE_WRITE)
    for name, values in (("Intrinsics", MATRIX), ("CameraMatrix", EXTRINSICS)):
        storage.write(name, values)
    storage.write("Distortion", np.zeros((5, 1)))
    storage.release()
    truth = read("rich", tmp_path, body_models=models)[0].truth
    assert truth.joints == "smpl24"
    assert np.isfinite(truth.people[0].positions[:22]).all()
    assert np.isnan(truth.people[0].positions[22:]).all()
    assert truth.people[0].state[22:].tolist() == [0, 0]


def test_thuman2_has_three_views_of_a_scan(tmp_path):
    write_image(tmp_path / "0001" / "material0.jpeg", value=40)
    (tmp_path / "0001" / "0001.obj").write_text(SQUARE + FACES)
    samples = read("thuman2", tmp_path)
    assert len(samples) == 3
    full = samples[2]
    assert 0.3 < full.truth.mask.mean() < 1
    on = full.truth.mask > 0
    assert abs(full.frame.image[on].astype(int) - 40).max() <= 2
    assert (full.frame.image[~on] == 127).all()
    assert np.allclose(full.truth.normals[on], (0, 0, -1), atol=1e-5)


def test_stamps_ascend_over_sequences(tmp_path, models):
    write_emdb(tmp_path, split=1)
    stamps = [s.frame.stamp_ns for s in read("emdb1", tmp_path, body_models=models)]
    assert all(np.diff(list(chain([0], stamps))) > 0)
