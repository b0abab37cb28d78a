# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros import skeleton
from thfm_ros.camera import Resize
from thfm_ros.model.config import TokenGroup
from thfm_ros.perception import LandmarkState, Person
from thfm_ros.runtime.engine import EngineConfig
from thfm_ros.runtime.scene.people import read_body, read_people

RESIZE = Resize((640, 480), (256, 192))


def body(confidence=4.0, person=4.0):
    values = np.zeros((34, 6), np.float32)
    values[:, 5] = confidence
    values[-1, 5] = person
    return values


def test_person_of_the_wrong_shape_is_refused():
    with pytest.raises(ValueError, match=r"Person\.pixels has shape \(2, 2\)"):
        Person(1.0, np.zeros((2, 2)), *(np.zeros(1),) * 3, (0, 0, 1, 1))


def test_nobody_below_the_score():
    assert read_body(body(person=-4.0), RESIZE, 0.5, 0.3) == ()


@pytest.mark.fault("F30")
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("column", range(6))
def test_a_landmark_that_is_not_finite_is_absent(bad, column):
    values = body()
    values[3, column] = bad
    (person,) = read_body(values, RESIZE, 0.5, 0.3)
    assert person.state[3] == LandmarkState.ABSENT
    assert np.isnan(person.pixels[3]).all()
    assert np.isnan(person.relative[3]).all()
    assert np.isfinite(np.delete(person.relative, 3, 0)).all()


@pytest.mark.fault("F30")
@pytest.mark.parametrize("landmark", [skeleton.INDEX["left_hip"], 33])
def test_without_hips_or_score_there_is_nobody(landmark):
    values = body()
    values[landmark] = np.nan
    assert read_body(values, RESIZE, 0.5, 0.3) == ()


def test_the_middle_of_the_network_is_the_middle_of_the_image():
    (person,) = read_body(body(), RESIZE, 0.5, 0.3)
    assert person.pixels[0] == pytest.approx([319.5, 239.5], abs=1e-3)


def test_positions_are_relative_to_the_hips():
    values = body()
    values[:, 2:5] = 3.0
    values[skeleton.INDEX["nose"], 2:5] = (3.0, 2.3, 3.0)
    (person,) = read_body(values, RESIZE, 0.5, 0.3)
    assert person.relative[skeleton.INDEX["nose"]] == pytest.approx([0, -0.7, 0], abs=1e-6)


def test_positions_are_turned_into_the_cameras_axes():
    values = body()
    values[skeleton.INDEX["nose"], 2:5] = (0.0, 0.0, 1.0)
    rotation = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])
    (person,) = read_body(values, RESIZE, 0.5, 0.3, rotation)
    assert person.relative[skeleton.INDEX["nose"]] == pytest.approx([1, 0, 0], abs=1e-6)


def test_hidden_landmarks_were_absent():
    """Confidence is the chance to be in sight: at 0.3, most of what was hidden was thrown away."""
    values = body()
    values[5, 5] = -2.5
    (person,) = read_body(values, RESIZE, 0.5, EngineConfig.min_confidence)
    assert person.confidence[5] == pytest.approx(0.076, abs=1e-3)
    assert person.state[5] == LandmarkState.OCCLUDED
    assert np.isfinite(person.relative[5]).all()


def test_an_unsure_landmark_is_absent_and_nan():
    values = body()
    values[5, 5] = -3.0
    (person,) = read_body(values, RESIZE, 0.5, 0.3)
    assert person.state[5] == LandmarkState.ABSENT
    assert np.isnan(person.pixels[5]).all()
    assert np.isnan(person.relative[5]).all()


def test_a_landmark_beside_the_image_is_out_of_view():
    values = body()
    values[5, 0] = 1.5
    (person,) = read_body(values, RESIZE, 0.5, 0.3)
    assert person.state[5] == LandmarkState.OUT_OF_VIEW
    assert person.box == (319, 239, 321, 2)


@pytest.mark.parametrize("tells", [True, False])
def test_a_person_is_as_far_as_the_network_says(tells):
    group = TokenGroup("body", 34, 6, "body", per_step=34, step="latent", tells_span=tells)
    values = body()
    values[-1, 4] = np.log(3.2)
    (person,) = read_people({"body": values}, (group,), RESIZE, 0.5, 0.3)
    assert person.metres_per_pixel == (pytest.approx(3.2 / 640) if tells else None)
