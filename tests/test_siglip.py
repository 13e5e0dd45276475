"""SigLIP's loss and the density ratio: the floor against optimisation, the best logit against
training, the batch against the population, and the conventions of those who write it."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from judged import condemning, known_error
from scipy.optimize import minimize

import tightframe
from tightframe.checks.catalogue import PAIRINGS
from tightframe.checks.noise import KAPPA, UNIT_ROUNDOFF
from tightframe.checks.verdict import Ruling
from tightframe.implementations.contract import Call
from tightframe.theorems.density_ratio import best_logit, least_loss
from tightframe.theorems.siglip import Biased, Truth, floor, guess, oracle

CONTRACT = PAIRINGS["siglip"].contract
NOISE = KAPPA["float64"] * UNIT_ROUNDOFF["float64"]
IMAGE, TEXT = ((1.0, 2.0), (0.5, -1.0), (-1.5, 0.25)), ((2.0, 1.0), (0.0, 1.0), (0.5, 0.5))


# -- the floor ------------------------------------------------------------------------------------


def lowest(n: int, d: int, scale: float, bias: float) -> float:
    """The best of a few batches of unit vectors, each optimised."""

    def at(flat: np.ndarray) -> Truth:
        image, text = flat.reshape(2, n, d)
        return oracle(Biased(image, text, scale, bias), "yes")  # type: ignore[arg-type]

    def value_and_slope(flat: np.ndarray) -> tuple[float, np.ndarray]:
        truth = at(flat)
        return float(truth.value), np.concatenate([g.ravel() for g in truth.gradient[:2]])

    starts = np.random.default_rng(0).normal(size=(6, 2 * n * d))
    return min(minimize(value_and_slope, s, jac=True, method="L-BFGS-B").fun for s in starts)


@pytest.mark.parametrize(("n", "d"), [(2, 1), (3, 3), (4, 4)])
@pytest.mark.parametrize(("scale", "bias"), [(4.0, -1.0), (1.0, -0.5), (2.0, 2.0), (1.0, 5.0)])
def test_the_best_batch_found_reaches_the_floor_and_none_passes_it(
    n: int, d: int, scale: float, bias: float
) -> None:
    """From the simplex (a small bias) through triangles apart to opposite poles (a large one)."""
    best, bound = lowest(n, d, scale, bias), floor(n, scale, bias)
    assert bound - NOISE * 100 <= best <= bound + 1e-6


def test_a_large_bias_is_answered_by_images_opposite_to_all_texts() -> None:
    """A simplex would lose more: its floor is the bound at t = 0 only."""
    poles = oracle(Biased(((1.0,),) * 3, ((-1.0,),) * 3, 1.0, 5.0))
    triangle = ((1.0, 0.0), (-0.5, 0.75**0.5), (-0.5, -(0.75**0.5)))
    simplex = oracle(Biased(triangle, triangle, 1.0, 5.0))
    assert abs(float(poles.value) - poles.floor) <= NOISE * poles.unit
    assert float(simplex.value) > poles.floor + 0.5


def test_the_best_guess_is_the_bias_of_the_prior() -> None:
    for n in (2, 3, 8):
        zeros = ((0.0,),) * n
        best = oracle(Biased(zeros, zeros, 1.0, -float(np.log(n - 1))))
        assert abs(float(best.value) - guess(n)) <= 1e-14 * n
        assert abs(float(best.gradient[3])) <= 1e-15 * n
        assert abs(best.expected - n) <= 1e-14 * n
        assert abs(float(oracle(Biased(zeros, zeros, 1.0, 0.0)).value) - n * np.log(2)) <= 1e-14 * n
    assert guess(1) == 0.0
    assert tightframe.floor("siglip", n=8, logit_scale=0.0, logit_bias=-np.log(7)) == pytest.approx(
        guess(8), rel=1e-15
    )


# -- the density ratio ----------------------------------------------------------------------------


def table(seed: int, rows: int = 3, columns: int = 4) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet(np.ones(rows * columns)).reshape(rows, columns)


def trained(joint: np.ndarray, prior: float) -> tuple[np.ndarray, float]:
    """A free logit for each pair, by torch's own loss and scipy's trust region."""
    true = torch.tensor(prior * joint)
    other = torch.tensor((1 - prior) * np.outer(joint.sum(1), joint.sum(0)))
    loss = torch.nn.functional.binary_cross_entropy_with_logits

    def total(logits: torch.Tensor) -> torch.Tensor:
        ones, zeros = torch.ones_like(logits), torch.zeros_like(logits)
        return loss(logits, ones, true, reduction="sum") + loss(
            logits, zeros, other, reduction="sum"
        )

    def value_and_slope(flat: np.ndarray) -> tuple[float, np.ndarray]:
        logits = torch.tensor(flat.reshape(joint.shape), requires_grad=True)
        value = total(logits)
        return float(value.detach()), torch.autograd.grad(value, logits)[0].numpy().ravel()

    def curvature(flat: np.ndarray) -> np.ndarray:
        logits = torch.tensor(flat.reshape(joint.shape))
        return torch.autograd.functional.hessian(total, logits).reshape(joint.size, -1).numpy()

    found = minimize(
        value_and_slope, np.zeros(joint.size), jac=True, hess=curvature, method="trust-exact",
        options={"gtol": 1e-10},
    ).x  # fmt: skip
    for _ in range(3):  # values no longer tell logits apart there, slopes do
        found = found - np.linalg.solve(curvature(found), value_and_slope(found)[1])
    return found.reshape(joint.shape), value_and_slope(found)[0]


@pytest.mark.parametrize("prior", [0.5, 0.25, 1 / 64])
@pytest.mark.parametrize("seed", range(3))
def test_a_trained_critic_learns_the_log_ratio_and_the_log_odds_of_its_prior(
    prior: float, seed: int
) -> None:
    joint = table(seed)
    logits, value = trained(joint, prior)
    assert np.max(np.abs(logits - best_logit(joint, prior))) <= 1e-9
    assert abs(value - least_loss(joint, prior)) <= 1e-14
    ratio = np.log(joint / np.outer(joint.sum(1), joint.sum(0)))
    assert np.max(np.abs(logits - ratio - np.log(prior / (1 - prior)))) <= 1e-9


def test_any_other_critic_loses_its_mean_divergence_from_the_posterior() -> None:
    joint, prior = table(7), 0.2
    independent = np.outer(joint.sum(1), joint.sum(0))
    s = np.random.default_rng(1).normal(size=joint.shape) * 3
    loss = prior * (joint * np.logaddexp(0, -s)).sum()
    loss += (1 - prior) * (independent * np.logaddexp(0, s)).sum()
    eta, told = (1 / (1 + np.exp(-x)) for x in (best_logit(joint, prior), s))
    divergence = eta * np.log(eta / told) + (1 - eta) * np.log((1 - eta) / (1 - told))
    mixed = prior * joint + (1 - prior) * independent
    assert abs(loss - least_loss(joint, prior) - (mixed * divergence).sum()) <= 1e-14


@pytest.mark.parametrize("n", [2, 3])
def test_the_mean_batch_is_the_population_at_one_true_pair_in_n(n: int) -> None:
    """All batches of n pairs of a table, each value being an embedding of its own."""
    joint, critic = table(3, 2, 2), np.array([[0.7, -1.2], [0.4, 2.0]])
    images, texts = ((1.0, 0.0), (0.0, 1.0)), tuple(map(tuple, critic.T))
    mean = 0.0
    for batch in product(product(range(2), repeat=2), repeat=n):
        chance = np.prod([joint[x, y] for x, y in batch])
        problem = Biased(
            tuple(images[x] for x, _ in batch), tuple(texts[y] for _, y in batch), 1.0, -0.3
        )
        mean += chance * float(oracle(problem).value)
    s, independent = critic - 0.3, np.outer(joint.sum(1), joint.sum(0))
    population = (joint * np.logaddexp(0, -s)).sum()
    population += (n - 1) * (independent * np.logaddexp(0, s)).sum()
    assert abs(mean - population) <= 1e-14 * n


def test_pairs_that_never_occur_have_no_ratio_and_cost_what_the_prior_does() -> None:
    assert np.isneginf(best_logit(np.eye(2) / 2, 0.5)[0, 1])
    assert abs(least_loss(np.full((2, 2), 0.25), 0.25) - (np.log(4) - 0.75 * np.log(3))) <= 1e-15


# -- conventions ----------------------------------------------------------------------------------


@pytest.mark.parametrize("coding", CONTRACT.references)
@pytest.mark.parametrize("axis", CONTRACT.axes, ids=lambda axis: axis.name)
def test_each_option_is_undone_by_its_gauge(coding: str, axis: Any) -> None:
    numbers = (IMAGE, TEXT, 10.0, -2.0)
    call = Call(tuple(torch.tensor(z).double() for z in numbers))
    for option in axis.options:
        convention = CONTRACT.canonical | {axis.name: option.name}
        written = CONTRACT.written(CONTRACT.references[coding], convention)
        returned = CONTRACT.bring(lambda c, f=written: f(*c.inputs), convention, call)
        truth = oracle(Biased(*numbers), **CONTRACT.variants(convention))
        assert abs(float(returned) - float(truth.value)) <= 4 * NOISE * truth.unit


def log_sigmoids(logits: Any) -> Any:
    labels = 2 * torch.eye(len(logits)) - torch.ones_like(logits)
    return torch.nn.functional.logsigmoid(labels * logits)


def as_the_paper_writes_it(img_emb, txt_emb, t_prime, b):
    a, c = (torch.nn.functional.normalize(z, dim=-1) for z in (img_emb, txt_emb))
    logits = a @ c.T * torch.exp(t_prime) + b
    return -log_sigmoids(logits).sum() / len(logits)


def as_transformers_writes_it(image, text, logit_scale, logit_bias):
    logits = torch.matmul(text, image.t()) * logit_scale.exp() + logit_bias
    return -log_sigmoids(logits).sum(dim=-1).mean()


def with_a_threshold(image, text, scale, threshold):
    logits = scale * image @ text.T - threshold
    loss = torch.nn.functional.binary_cross_entropy_with_logits
    return loss(logits, torch.eye(len(logits)))


def by_parts(image, text, scale, bias):
    logits = scale * image @ text.T + bias
    softplus = torch.nn.functional.softplus
    others = softplus(logits).masked_fill(torch.eye(len(image), dtype=torch.bool), 0).sum()
    return (softplus(-logits.diagonal()).sum() + others) / len(image)


def clamped_as_training_clamps(image, text, scale, bias):
    logits = scale.clamp(1, 100) * (image @ text.T) + bias
    return -log_sigmoids(logits).sum() / len(logits)


def each_pair(image, text, scale, bias):
    return -log_sigmoids(scale * image @ text.T + bias)


@pytest.mark.parametrize(
    ("target", "departures"),
    [
        (as_the_paper_writes_it, {"scale": "log", "normalises": "yes"}),
        (as_transformers_writes_it, {"scale": "log"}),
        (with_a_threshold, {"bias": "subtracted", "reduction": "mean"}),
        (each_pair, {"reduction": "none"}),
    ],
)
def test_what_honest_people_write_by_other_conventions_is_named(
    target: Any, departures: dict[str, str]
) -> None:
    result = tightframe.check(target, "siglip", budget="quick")
    assert result.ruling is Ruling.IDENTIFIED
    assert result.identification.departures == departures
    declared = tightframe.check(target, "siglip", convention=departures, budget="quick")
    assert declared.ruling is Ruling.UPHELD


@pytest.mark.parametrize("target", [by_parts, clamped_as_training_clamps])
def test_what_honest_people_write_is_upheld(target: Any) -> None:
    assert tightframe.check(target, "siglip", budget="quick").ruling is Ruling.UPHELD


def test_a_mean_divided_again_is_named_with_the_thread_where_it_was_asked() -> None:
    def averaged(image, text, scale, bias):
        logits = scale * image @ text.T + bias
        return -log_sigmoids(logits).mean() / len(logits)

    result = tightframe.check(averaged, "siglip", budget="quick")
    assert result.diagnosis.name == "averaged twice"
    assert "google-research/big_vision#115" in result.diagnosis.seen_in


def test_numbers_read_out_of_scale_and_bias_are_named() -> None:
    def numbers(image, text, scale, bias):
        return -log_sigmoids(float(scale) * image @ text.T + float(bias)).sum() / len(image)

    result = tightframe.check(numbers, "siglip", budget="quick")
    assert {v.claim for v in result.violations} == {"gradient", "learned bias", "learned scale"}
    assert result.diagnosis.name == "scale and bias detached"


def test_code_that_keeps_scale_and_bias_to_itself_is_refused_and_told_what_to_do() -> None:
    result = tightframe.check(lambda image, text: (image @ text.T).sum(), "siglip", budget="quick")
    assert result.ruling is Ruling.REFUSED
    assert "wrap it in a function that takes these" in result.reason


# -- which claim condemns what --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("defect", "claims"),
    [
        ("averaged twice", {"value", "floor", "learned bias"}),
        ("true pairs and others balanced", {"value", "learned bias"}),
        ("soft-max in place of sigmoids", {"value", "learned bias"}),
        ("scale exponentiated again", {"value", "length"}),
        ("labels shifted", {"value", "gradient"}),
        ("texts detached", {"gradient", "learned scale"}),
        ("norm detached", {"gradient", "tangency"}),
        ("exponential not guarded", {"range"}),
        ("logarithm of the sigmoid", {"range"}),
    ],
)
def test_each_error_is_condemned_by_what_it_breaks(defect: str, claims: set[str]) -> None:
    assert set(condemning("siglip", defect)) >= claims


def test_a_bias_that_is_not_learned_is_condemned_by_gradient_and_counts_alone() -> None:
    found = {v.claim for v in known_error("siglip", "bias detached").violations}
    assert found == {"gradient", "learned bias"}
