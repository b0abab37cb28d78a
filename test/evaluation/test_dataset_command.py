# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import cv2
import numpy as np

from thfm_ros import cli


def test_an_unknown_data_set_and_a_missing_folder(tmp_path, checkpoint, capsys):
    options = ["--checkpoint", str(checkpoint)]
    assert cli.main(["evaluate", "dataset", "imagenet", str(tmp_path), *options]) == 1
    assert "data set is 'imagenet', allowed is one of hi4d, emdb1" in capsys.readouterr().err
    assert cli.main(["evaluate", "dataset", "hi4d", str(tmp_path / "x"), *options]) == 1
    assert "is missing" in capsys.readouterr().err


def test_split_and_protocol_travel_with_the_figures(tmp_path, checkpoint):
    image = np.full((48, 64, 4), 200, np.uint8)
    cv2.imwrite(str(tmp_path / "a.png"), image)
    out = tmp_path / "out.json"
    options = [
        "--checkpoint",
        str(checkpoint),
        "--json",
        str(out),
        "--html",
        str(tmp_path / "p.html"),
    ]
    assert cli.main(["evaluate", "dataset", "photomatte85", str(tmp_path), *options]) == 0
    report = json.loads(out.read_text())
    assert report["bag"]["split"] == "all 85 images"
    assert "MSE and SAD" in report["bag"]["protocol"]
    assert report["metrics"]["mask_mse"] > 0
    assert "all 85 images" in (tmp_path / "p.html").read_text()
