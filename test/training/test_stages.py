# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import numpy as np
import pytest
import torch

from thfm_ros.clips.folder import ShardFolder
from thfm_ros.model.config import TokenGroup
from thfm_ros.model.presets import preset
from thfm_ros.model.thfm import Thfm
from thfm_ros.tasks import DENSE, STANDARD
from thfm_ros.training.objective import LossWeights, body_loss
from thfm_ros.training.samples import make_batch
from thfm_ros.training.stages import STAGES, Stage, draw_tasks

TASKS = tuple(name for name in DENSE if name in STANDARD)


@pytest.fixture
def batch(shards):
    folder = ShardFolder(shards)
    clips = [folder.load(i) for i in (0, 1, 2)]
    return make_batch(clips, (64, 48), None)


def stage(name, train_codec=True, recompute=False):
    torch.manual_seed(0)
    weights = LossWeights()
    model = Thfm(preset("tiny"))
    return Stage(model, name, weights, train_codec, False, torch.float32, recompute=recompute)


def trained_parts(part):
    names = [n for n, p in part.model.named_parameters() if p.grad is not None]
    return {n.split(".")[0] if not n.startswith("transformer") else n.split(".")[1] for n in names}


def test_unknown_stage_is_named():
    with pytest.raises(ValueError, match="stage is 'warm'"):
        stage("warm")


@pytest.mark.parametrize("name", STAGES)
def test_a_few_steps_lower_the_loss(batch, name):
    part = stage(name)
    optimiser = torch.optim.Adam([p for p in part.parameters() if p.requires_grad], 3e-3)
    history = []
    for _ in range(12):
        loss, terms = part(batch, TASKS)
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
        history.append(loss.item())
        assert all(term.isfinite() for term in terms.values())
    assert history[-1] < 0.95 * history[0]


@pytest.mark.parametrize(
    ("name", "train_codec", "parts"),
    [
        ("codec", True, {"codec"}),
        ("latent", True, {"wan", "groups", "prompts"}),
        ("ambient", False, {"wan", "groups", "prompts"}),
        ("ambient", True, {"wan", "groups", "prompts", "codec"}),
        ("tokens", True, {"groups"}),
    ],
)
def test_each_stage_trains_its_own_parts(batch, name, train_codec, parts):
    part = stage(name, train_codec)
    part(batch, TASKS)[0].backward()
    assert trained_parts(part) == parts


def test_bfloat16_products_give_nearly_the_same_loss(batch):
    full, half = stage("ambient"), stage("ambient")
    half.dtype = torch.bfloat16
    losses = [part(batch, TASKS)[0] for part in (full, half)]
    losses[1].backward()
    assert losses[1].item() == pytest.approx(losses[0].item(), rel=0.05)
    gradients = [p.grad for p in half.model.parameters() if p.grad is not None]
    assert all(gradient.isfinite().all() for gradient in gradients)


@pytest.mark.parametrize("tells", [True, False])
def test_the_span_is_learned_by_models_that_tell_it(batch, tells):
    config = preset("tiny")
    (body,) = config.tokens
    model = Thfm(replace(config, tokens=(replace(body, tells_span=tells),)))
    part = Stage(model, "tokens", LossWeights(), True, False, torch.float32)
    _, terms = part(batch, ())
    assert ("span" in terms) == tells


def test_pictures_without_people_say_nothing_of_the_span(batch):
    values = torch.zeros(3, 5, 34, 6)
    _, terms = body_loss(values, batch, LossWeights(), tells_span=True)
    values[0, :, -1, 4] = 9.0
    _, wrong_of_nobody = body_loss(values, batch, LossWeights(), tells_span=True)
    assert terms["span"] == wrong_of_nobody["span"] > 0
    values[:, :, -1, 4] = batch.span
    _, right = body_loss(values, batch, LossWeights(), tells_span=True)
    assert right["span"] == 0


def test_drawn_tasks_are_distinct():
    random = np.random.default_rng(0)
    for count in (1, 2, 4):
        assert len(set(draw_tasks(TASKS, count, random))) == count


def test_recomputing_blocks_changes_no_gradient(batch):
    gradients = []
    for recompute in (False, True):
        part = stage("ambient", recompute=recompute)
        part(batch, TASKS)[0].backward()
        gradients.append({n: p.grad for n, p in part.named_parameters() if p.grad is not None})
    kept, recomputed = gradients
    assert kept.keys() == recomputed.keys()
    for name, gradient in kept.items():
        torch.testing.assert_close(recomputed[name], gradient)


def test_a_task_beside_the_standard_ones_is_learned_alike(shards):
    batch = make_batch([ShardFolder(shards).load(1)], (64, 48), None, ["parts", "mask"])
    model = Thfm(replace(preset("tiny"), tasks=(*preset("tiny").tasks, "parts")))
    part = Stage(model, "ambient", LossWeights(), True, False, torch.float32)
    loss, terms = part(batch, ("parts", "mask"))
    loss.backward()
    assert terms["parts"] > 0


def test_tokens_of_unknown_meaning_are_refused(batch):
    model = Thfm(replace(preset("tiny"), tokens=(TokenGroup("points", 4, 3, "opaque"),)))
    part = Stage(model, "tokens", LossWeights(), True, False, torch.float32)
    with pytest.raises(ValueError, match=r"tokens\.points\.meaning is 'opaque', allowed"):
        part(batch, ())
