"""sentence-transformers' MultipleNegativesRankingLoss is InfoNCE, its scale one over temperature.

The loss embeds what a model is handed; here the embeddings are the sentences, and the model hands
them on.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch
from thirdparty import torchvision_stub
from thirdparty.exact import info_nce, shown
from thirdparty.subjects import in_every_dtype
from torch import Tensor

import tightframe as tf

with torchvision_stub.absent():  # transformers would ask the stub for its version
    from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

pytestmark = pytest.mark.thirdparty

SCALE = {"scale": "inverse"}
BOTH: dict[str, Any] = {
    "directions": ("query_to_doc", "doc_to_query"), "partition_mode": "per_direction",
}  # fmt: skip


class Embedded(torch.nn.Module):
    """A model to which a sentence is its embedding."""

    def forward(self, features: dict[str, Tensor]) -> dict[str, Tensor]:
        return {"sentence_embedding": features["sentence"]}


def ranked(query: Tensor, key: Tensor, scale: float, **how: Any) -> Tensor:
    loss = MultipleNegativesRankingLoss(Embedded(), scale, **how)
    return loss([{"sentence": query}, {"sentence": key}], torch.empty(0))


def both_ways(query: Tensor, key: Tensor, scale: float) -> Tensor:
    return ranked(query, key, scale, **BOTH)


def in_one_soft_max(query: Tensor, key: Tensor, scale: float) -> Tensor:
    return ranked(query, key, scale, directions=BOTH["directions"])


def as_it_comes(query: Tensor, key: Tensor) -> Tensor:
    return MultipleNegativesRankingLoss(Embedded()).compute_loss_from_embeddings(
        [query, key], torch.empty(0)
    )


@in_every_dtype
def test_its_scale_being_declared_it_is_upheld(dtype: str) -> None:
    assert tf.check(ranked, "info-nce", convention=SCALE, dtype=dtype).ruling.value == "upheld"


def test_undeclared_the_scale_is_named() -> None:
    assert tf.check(ranked, "info-nce").identification.departures == SCALE


def test_an_object_s_scale_of_twenty_is_a_temperature_of_a_twentieth() -> None:
    found = tf.check(as_it_comes, "info-nce").identification
    assert (found.departures, found.parameters) == ({}, {"temperature": 0.05})


def test_one_soft_max_per_direction_is_the_mean_of_both() -> None:
    declared = SCALE | {"direction": "both"}
    assert tf.check(both_ways, "info-nce", convention=declared).ruling.value == "upheld"


def test_one_soft_max_over_both_directions_is_another_loss() -> None:
    """The positive stands in the sum twice, as the documentation's joint mode has it."""
    result = tf.check(in_one_soft_max, "info-nce", convention=SCALE)
    assert {v.claim for v in result.violations} >= {"value", "gradient"}
    problem, ours, theirs, noise = shown(result, "value")
    assert abs(info_nce(*problem.values()) - ours[0]) <= noise
    assert abs(ours[0] - theirs[0]) > 1e6 * noise


def negatives_too(query: Tensor, positive: Tensor, negatives: Tensor, scale: float) -> Tensor:
    loss = MultipleNegativesRankingLoss(Embedded(), scale)
    return loss.compute_loss_from_embeddings([query, positive, negatives], torch.empty(0))


def test_beside_hard_negatives_the_other_keys_of_the_batch_stay() -> None:
    """Which InfoNCE with explicit negatives leaves out: one key, and its negatives."""
    result = tf.check(negatives_too, "info-nce-explicit", convention=SCALE)
    assert {v.claim for v in result.violations} >= {"value", "gradient"}
