# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import json

import numpy as np
import pytest

from thfm_ros import cli
from thfm_ros.clips.shards import write_shard
from thfm_ros.evaluation.metric_clips import (
    EXACT,
    LIKELY,
    EngineWitness,
    Noise,
    TruthWitness,
    metric_measures,
    people_in,
)
from thfm_ros.runtime.engine import Engine, EngineConfig


@pytest.fixture
def crowded(clip):
    """The made-up clip, whose depth is where its people are."""
    depth = np.where(clip.instance == 1, 2.0, np.where(clip.instance == 2, 4.0, 0.0))
    return dataclasses.replace(clip, depth=depth.astype(np.float32))


@pytest.mark.parametrize(("field", "value"), [("pixel_share", -0.1), ("size_share", 1.0)])
def test_bad_noise_is_named(field, value):
    with pytest.raises(ValueError, match=f"Noise.{field} is"):
        Noise(**{field: value})


def test_the_truth_finds_everybody_where_they_are(crowded):
    found = metric_measures(TruthWitness(EXACT), [crowded])
    assert found["people"] == 2 * len(crowded.times)
    assert found["people_found_share"] == 1.0
    assert found["root_position_error_mm_mean"] < 0.1


def test_bodies_that_are_told_a_tenth_too_large_stand_a_tenth_too_far(crowded):
    witness = TruthWitness(EXACT)
    witness._normal = lambda sigma, shape: np.full(shape, 0.1) if shape == 2 else np.zeros(shape)
    assert metric_measures(witness, [crowded])["root_position_error_share"] == pytest.approx(0.1)


def test_noise_costs_and_two_runs_agree(crowded):
    tables = [metric_measures(TruthWitness(LIKELY), [crowded]) for _ in range(2)]
    assert tables[0] == pytest.approx(tables[1], nan_ok=True)
    assert tables[0]["root_position_error_mm_median"] > 10


def test_depth_is_compared_as_published_and_only_where_it_is(crowded):
    def far_off(clip):
        for index in range(len(clip.times)):
            yield (), None if index % 2 else 1.25 * clip.depth[index]

    found = metric_measures(far_off, [crowded])
    assert found["metric_depth_absrel"] == pytest.approx(0.25)
    assert found["metric_depth_aligned_absrel"] == pytest.approx(0, abs=1e-5)
    assert found["metric_depth_frames_share"] == 0.5
    assert found["people_found_share"] == 0.0
    assert np.isnan(found["root_position_error_mm_mean"])


def test_people_of_whom_next_to_nothing_is_seen_are_not_asked_for(crowded):
    sliver = np.where(crowded.instance == 2, 0, crowded.instance)
    sliver[:, 20, 60] = 2
    assert people_in(dataclasses.replace(crowded, instance=sliver), 0) == [0]


def test_the_engine_is_a_witness(crowded, checkpoint):
    engine = Engine(EngineConfig(str(checkpoint), min_score=0.0))
    found = metric_measures(engine, [crowded])
    assert found["people"] == 2 * len(crowded.times)
    assert len(list(EngineWitness(engine)(crowded))) == len(crowded.times)
    engine.close()


def test_the_command_writes_a_table_for_each_witness(crowded, checkpoint, tmp_path, capsys):
    crowded = dataclasses.replace(crowded, about={**crowded.about, "fps": 10})
    write_shard(tmp_path / "shard-00000.tar", ((str(n), crowded) for n in range(2)))
    out = tmp_path / "metric.json"
    arguments = ["--checkpoint", str(checkpoint), "--json", str(out), "--limit", "1"]
    assert cli.main(["evaluate", "metric", str(tmp_path), *arguments, "--threads", "1"]) == 0
    report = json.loads(out.read_text(), parse_constant=pytest.fail)
    assert list(report["measures"]) == ["truth", "truth_with_noise", "engine"]
    assert report["clips"] == 1
    assert "root_position_error_mm_median" in capsys.readouterr().out


def test_a_folder_without_clips_is_one_line(tmp_path, capsys):
    assert cli.main(["evaluate", "metric", str(tmp_path)]) == 1
    assert "thfm synth clips" in capsys.readouterr().err
