"""pytorch-metric-learning's supervised contrastive loss is the definition, but for its mean.

Its default reducer takes the mean over the anchors whose loss is not exactly zero.  That skips the
anchors without a positive, as it should; and those whose loss has underflowed, so that at low
temperatures the batches that are nearly solved have a loss, and a gradient, some times too large.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch
from pytorch_metric_learning.losses import NTXentLoss, SelfSupervisedLoss, SupConLoss
from pytorch_metric_learning.reducers import MeanReducer
from thirdparty.exact import shown, supcon, supcon_terms
from thirdparty.subjects import in_every_dtype, judged

pytestmark = pytest.mark.thirdparty


@in_every_dtype
def test_only_its_range_is_violated_where_losses_underflow(dtype: str) -> None:
    result = judged(SupConLoss, "supcon", dtype=dtype)
    assert [v.claim for v in result.violations] == ["range"]


def test_the_anchors_that_underflow_are_missing_from_the_mean() -> None:
    problem, _, _, _ = shown(judged(SupConLoss, "supcon"), "range")
    terms = supcon_terms(**problem)
    lost = [term < 1e-30 for term in terms]
    assert 0 < sum(lost) < len(terms)
    features = torch.tensor(problem["features"])
    theirs = SupConLoss(problem["temperature"])(features, torch.tensor(problem["labels"]))
    factor = len(terms) / (len(terms) - sum(lost))
    assert abs(float(theirs) / float(supcon(**problem)) - factor) < 1e-5


def test_at_the_usual_temperature_the_object_is_upheld() -> None:
    declared = {"fixed": {"temperature": 0.1}}
    assert judged(SupConLoss(0.1), "supcon", **declared).ruling.value == "upheld"


def test_an_object_is_identified_with_its_temperature() -> None:
    result = judged(SupConLoss(), "supcon")
    assert result.identification.parameters == {"temperature": 0.1}
    assert not result.identification.departures


def test_with_the_mean_over_all_rows_lonely_anchors_count_as_zero() -> None:
    def by_the_mean(temperature: float) -> Any:
        return SupConLoss(temperature, reducer=MeanReducer())

    result = judged(by_the_mean, "supcon", map={"temperature": "temperature"})
    assert result.identification.departures == {"without_positive": "zero"}
    assert not result.violations


def test_its_nt_xent_over_classes_is_another_loss() -> None:
    """Each positive is contrasted with the negatives alone, and the mean is over pairs."""
    declared = {"convention": {"without_positive": "skipped", "layout": "rows"}}
    result = judged(NTXentLoss, "supcon", **declared)
    assert {v.claim for v in result.violations} >= {"value", "gradient"}
    problem, ours, theirs, noise = shown(result, "value")
    assert abs(supcon(**problem) - ours[0]) <= noise
    assert abs(ours[0] - theirs[0]) > 1e6 * noise


def one_way(temperature: float) -> Any:
    return SelfSupervisedLoss(NTXentLoss(temperature), symmetric=False)


def test_two_views_in_one_direction_are_info_nce_in_double_precision() -> None:
    named = {"map": {"temperature": "temperature"}}
    assert judged(one_way, "info-nce", dtype="float64", **named).ruling.value == "upheld"
    assert [v.claim for v in judged(one_way, "info-nce", **named).violations] == ["range"]


def test_two_views_in_both_directions_are_not() -> None:
    both = SelfSupervisedLoss(NTXentLoss(0.5), symmetric=True)
    result = judged(both, "info-nce", fixed={"temperature": 0.5})
    assert {v.claim for v in result.violations} >= {"value", "gradient"}
