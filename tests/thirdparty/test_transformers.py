"""transformers' CLIP loss is CLIP's, of a table of scores.

Its model divides features by their norms and multiplies products by the scale, and hands the table
of them to the loss: text by image, which is all one to a mean of both directions.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch
from thirdparty import torchvision_stub
from thirdparty.exact import clip, shown
from thirdparty.subjects import in_every_dtype
from torch import Tensor

import tightframe as tf

with torchvision_stub.absent():  # transformers would ask the stub for its version
    from transformers.models.clip.modeling_clip import (
        contrastive_loss,
        image_text_contrastive_loss,
    )

pytestmark = pytest.mark.thirdparty

SCORES = {"takes": "scores"}


@in_every_dtype
def test_of_scores_it_is_upheld(dtype: str) -> None:
    how: dict[str, Any] = {"convention": SCORES, "dtype": dtype, "budget": "quick"}
    how["strength"] = "strongest" if dtype == "float32" else "lifted"
    assert tf.check(image_text_contrastive_loss, "clip", **how).ruling.value == "upheld"


def test_undeclared_the_scores_are_named_and_no_scale_is_sought() -> None:
    result = tf.check(image_text_contrastive_loss, "clip", budget="quick", strength="lifted")
    found = result.identification
    assert (found.departures, found.parameters) == (SCORES, {})


def test_one_direction_of_scores_is_info_nce() -> None:
    result = tf.check(contrastive_loss, "info-nce", budget="quick", strength="lifted")
    assert result.identification.departures == SCORES
    assert not result.violations


def as_the_model_calls_it(image: Tensor, text: Tensor, logit_scale: Any) -> Tensor:
    a, b = (z / z.norm(p=2, dim=-1, keepdim=True) for z in (image, text))
    return image_text_contrastive_loss(torch.matmul(b, a.t()) * logit_scale.exp())


def test_as_the_model_calls_it_norms_and_logarithm_are_named() -> None:
    departures = {"scale": "log", "normalises": "yes"}
    result = tf.check(as_the_model_calls_it, "clip", budget="quick", strength="lifted")
    assert result.identification.departures == departures
    assert not result.violations


def test_one_direction_of_it_is_not_clip_s_loss_and_is_named() -> None:
    result = tf.check(
        contrastive_loss, "clip", convention=SCORES, budget="quick", strength="lifted"
    )
    assert result.ruling.value == "violated"
    assert result.diagnosis.name == "images pick texts only"
    problem, ours, theirs, noise = shown(result, "value")
    assert abs(clip(**problem) - ours[0]) <= noise
    table = torch.tensor(problem["image"]) @ torch.tensor(problem["text"]).T
    again = contrastive_loss(problem["logit_scale"] * table.double())
    assert abs(float(again) - theirs[0]) <= noise
