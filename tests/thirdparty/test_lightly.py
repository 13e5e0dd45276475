"""lightly's losses of pairs are what they say they are, in every precision."""

from __future__ import annotations

import pytest
import torch
from lightly.loss import (
    BarlowTwinsLoss,
    DCLLoss,
    NegativeCosineSimilarity,
    NTXentLoss,
    VICRegLoss,
)
from lightly.loss.hypersphere_loss import HypersphereLoss
from thirdparty.exact import nt_xent, shown
from thirdparty.subjects import in_every_dtype, judged

pytestmark = pytest.mark.thirdparty

DECOUPLED = {"positive_in_denominator": "no"}


@in_every_dtype
def test_the_class_is_upheld_and_its_temperature_with_it(dtype: str) -> None:
    result = judged(NTXentLoss, "nt-xent", dtype=dtype)
    assert (result.ruling.value, result.ok) == ("upheld", True)
    assert result.counts.ran == 12


@in_every_dtype
def test_the_decoupled_class_is_upheld_as_declared(dtype: str) -> None:
    result = judged(DCLLoss, "nt-xent", convention=DECOUPLED, dtype=dtype)
    assert (result.ruling.value, result.ok) == ("upheld", True)


def test_an_object_is_identified_with_the_temperature_inside_it() -> None:
    result = judged(NTXentLoss(0.3), "nt-xent")
    assert not result.ok
    assert result.identification.sentence == (
        "behaves as NT-Xent with temperature 0.3; correct if that is what you meant"
    )


def test_an_object_whose_temperature_is_declared_is_upheld() -> None:
    assert judged(NTXentLoss(0.3), "nt-xent", fixed={"temperature": 0.3}).ok


def test_another_temperature_than_the_declared_one_is_violated_and_named() -> None:
    result = judged(NTXentLoss(0.3), "nt-xent", fixed={"temperature": 0.5})
    assert result.diagnosis.name == "temperature 0.3, where 0.5 was declared"
    problem, ours, theirs, noise = shown(result, "value")
    z = problem["z1"], problem["z2"]
    assert problem["temperature"] == 0.5
    assert abs(nt_xent(*z, 0.5) - ours[0]) <= noise
    assert abs(nt_xent(*z, 0.3) - theirs[0]) <= noise
    assert abs(ours[0] - theirs[0]) > 1e6 * noise


def test_the_decoupled_object_is_identified_by_the_name_of_its_variant() -> None:
    result = judged(DCLLoss(), "nt-xent")
    assert result.identification.parameters == {"temperature": 0.1}
    assert result.identification.departures.keys() == DECOUPLED.keys()
    assert "the positive is left out of the denominator" in result.identification.sentence


def test_the_decoupled_loss_declared_as_the_plain_one_is_violated() -> None:
    result = judged(DCLLoss, "nt-xent", convention={"positive_in_denominator": "yes"})
    assert result.diagnosis.name == "positive left out of the denominator"
    problem, ours, theirs, noise = shown(result, "value")
    assert abs(nt_xent(**problem) - ours[0]) <= noise
    assert abs(nt_xent(**problem, decoupled=True) - theirs[0]) <= noise
    problem, ours, theirs, noise = shown(result, "floor")
    assert nt_xent(**problem, decoupled=True) < nt_xent(**problem) - noise


# -- alignment and uniformity ---------------------------------------------------------------------


def test_the_hypersphere_loss_is_alignment_where_its_weight_is_zero() -> None:
    result = judged(HypersphereLoss(lam=0.0), "alignment")
    assert (result.ruling.value, result.ok) == ("upheld", True)


def test_the_hypersphere_loss_of_equal_views_is_uniformity_of_its_steepness() -> None:
    """Its alignment is zero there, and its two halves are one; t is 1 where the paper has 2."""

    loss = HypersphereLoss()

    def uniformity(x):
        return loss(x, x)

    result = judged(uniformity, "uniformity")
    assert result.identification.parameters == {"t": 1.0}
    assert judged(lambda x: HypersphereLoss(t=2.0)(x, x), "uniformity").ok


def test_its_power_is_identified_and_upheld_as_declared() -> None:
    loss = HypersphereLoss(lam=0.0, alpha=4.0)
    assert judged(loss, "alignment").identification.parameters == {"alpha": 4.0}
    assert judged(loss, "alignment", fixed={"alpha": 4.0}).ok


# -- predictions against targets ------------------------------------------------------------------

CALLED_PER_DIRECTION = {"takes": "one direction", "detaches": "no"}


def test_the_negative_cosine_is_simsiam_s_of_one_direction_and_leaves_detaching_to_its_caller():
    result = judged(NegativeCosineSimilarity(), "simsiam")
    assert result.identification.departures == CALLED_PER_DIRECTION
    assert judged(NegativeCosineSimilarity(), "simsiam", convention=CALLED_PER_DIRECTION).ok


def test_and_byol_s_without_its_constant_and_factor():
    convention = CALLED_PER_DIRECTION | {"similarity": "-cos"}
    assert judged(NegativeCosineSimilarity(), "byol").identification.departures == convention
    assert judged(NegativeCosineSimilarity(), "byol", convention=convention).ok


# -- variances and covariances --------------------------------------------------------------------


@in_every_dtype
def test_vicreg_is_the_authors_loss_to_the_last_digit(dtype: str) -> None:
    result = judged(VICRegLoss(), "vicreg", dtype=dtype)
    assert (result.ruling.value, result.ok) == ("upheld", True)
    assert result.shadow.outcome.value == "agrees"


def test_vicreg_with_other_weights_is_identified_and_upheld_as_declared() -> None:
    weights = {"sim_coeff": 5.0, "std_coeff": 10.0}
    assert judged(VICRegLoss(5, 10), "vicreg").identification.parameters == weights
    declared = {"sim_coeff": 5.0, "std_coeff": 10.0, "cov_coeff": 3.0}
    assert judged(VICRegLoss(5, 10, 3), "vicreg", fixed=declared).ok


@in_every_dtype
def test_barlow_twins_is_upheld_up_to_batch_normalisation_s_epsilon(dtype: str) -> None:
    result = judged(BarlowTwinsLoss(), "barlow-twins", dtype=dtype)
    assert (result.ruling.value, result.ok) == ("upheld up to a stabiliser", True)
    (found,) = result.stabilisers
    assert found.size == 1e-5
    assert "barlow_twins_loss.py" in found.line


def test_barlow_twins_with_another_weight_is_upheld_as_declared() -> None:
    assert judged(BarlowTwinsLoss(0.01), "barlow-twins", fixed={"lambd": 0.01}).ok
    assert judged(BarlowTwinsLoss(0.01), "barlow-twins").identification.parameters == {
        "lambd": 0.01
    }


def test_statistics_pooled_over_views_as_they_once_were_are_named() -> None:
    def pooled(z_a, z_b):
        a, b = torch.nn.functional.batch_norm(
            torch.stack([z_a, z_b]).flatten(0, 1), None, None, training=True
        ).view(2, *z_a.shape)
        c = a.T @ b / len(a)
        off = c - torch.diag(torch.diag(c))
        return (torch.diag(c) - 1).pow(2).sum() + 5e-3 * off.pow(2).sum()

    result = judged(pooled, "barlow-twins")
    assert result.diagnosis.name == "statistics pooled over views"
    assert result.diagnosis.seen_in == ("lightly-ai/lightly#1806",)
