"""Where code leaves the definition is shown at its line, by an edit that turns the verdict."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

import tightframe as tf

Loss = Callable[..., Tensor]


def unit_scores(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    u = F.normalize(torch.cat([z1, z2]), dim=1)
    return u @ u.T / temperature


def positives_of(scores: Tensor) -> Tensor:
    return (torch.arange(len(scores)) + len(scores) // 2) % len(scores)


def itself(scores: Tensor) -> Tensor:
    return torch.eye(len(scores), dtype=torch.bool)


def kept_in_a_log_sum_exp(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    scores = unit_scores(z1, z2, temperature)
    positives = scores.diagonal(len(z1)).repeat(2)
    return (scores.logsumexp(dim=1) - positives).mean()  # here


def kept_in_a_cross_entropy(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    scores = unit_scores(z1, z2, temperature)
    return F.cross_entropy(scores, positives_of(scores))  # here


def kept_in_a_mask(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    scores = unit_scores(z1, z2, temperature).exp()
    others = torch.ones(len(scores), len(scores), dtype=scores.dtype)
    total = (scores * others).sum(1)  # here
    positives = scores.diagonal(len(z1)).repeat(2)
    return -torch.log(positives / total).mean()


def kept_by_an_index(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    scores = unit_scores(z1, z2, temperature)
    left = scores[itself(scores) | True].view(len(scores), -1)  # here
    return (left.logsumexp(1) - scores.diagonal(len(z1)).repeat(2)).mean()


def masked_by_zero(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    scores = unit_scores(z1, z2, temperature)
    scores = scores.masked_fill(itself(scores), 0.0)  # here
    return F.cross_entropy(scores, positives_of(scores))


def honest(u: Tensor, temperature: float) -> Tensor:
    scores = u @ u.T / temperature
    return F.cross_entropy(scores.masked_fill(itself(scores), -torch.inf), positives_of(scores))


def detached(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    second = z2.detach()  # here
    return honest(F.normalize(torch.cat([z1, second]), dim=1), temperature)


def cut_by_data(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    second = z2.data  # here
    return honest(F.normalize(torch.cat([z1, second]), dim=1), temperature)


def without_gradient(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    with torch.no_grad():  # here
        second = F.normalize(z2, dim=1)
    return honest(torch.cat([F.normalize(z1, dim=1), second]), temperature)


def normalised_over_the_batch(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    u = F.normalize(torch.cat([z1, z2]), dim=0)  # here
    return honest(u, temperature)


def multiplied(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    u = F.normalize(torch.cat([z1, z2]), dim=1)
    scores = u @ u.T * temperature  # here
    scores = scores.masked_fill(itself(scores), -torch.inf)
    return F.cross_entropy(scores, positives_of(scores))


def mean_over_latents(mu: Tensor, logvar: Tensor) -> Tensor:
    terms = mu**2 + logvar.exp() - 1 - logvar
    return 0.5 * terms.mean(1)  # here


def half_missing(mu: Tensor, logvar: Tensor) -> Tensor:
    terms = 1 + logvar - mu**2 - logvar.exp()
    return -1 * terms.sum(1)  # here


def variance_detached(mu: Tensor, logvar: Tensor) -> Tensor:
    variance = logvar.exp().detach()  # here
    return 0.5 * (mu**2 + variance - 1 - logvar).sum(1)


def both_detached(mu: Tensor, logvar: Tensor) -> Tensor:
    square = (mu**2).detach()  # here
    variance = logvar.exp().detach()  # here
    return 0.5 * (square + variance - 1 - logvar).sum(1)


SHOWN: dict[Loss, tuple[str, str]] = {
    kept_in_a_log_sum_exp: ("nt-xent", "the diagonal left out of logsumexp"),
    kept_in_a_cross_entropy: ("nt-xent", "the diagonal left out of cross_entropy"),
    kept_in_a_mask: ("nt-xent", "the mask's diagonal turned over in a product"),
    kept_by_an_index: ("nt-xent", "the mask's diagonal turned over in an index"),
    masked_by_zero: ("nt-xent", "-inf filled in place of 0"),
    detached: ("nt-xent", "the graph kept, where detach cuts it"),
    cut_by_data: ("nt-xent", "the graph kept, where data cuts it"),
    without_gradient: ("nt-xent", "the gradient kept, where it is switched off"),
    normalised_over_the_batch: ("nt-xent", "normalize along the other axis"),
    multiplied: ("nt-xent", "2 in mul inverted"),
    mean_over_latents: ("gaussian-kl", "sum in place of mean"),
    half_missing: ("gaussian-kl", "-1 in mul made -0.5"),
    variance_detached: ("gaussian-kl", "the graph kept, where detach cuts it"),
    both_detached: ("gaussian-kl", "the graph kept, where detach cuts it"),
}
DECLARED: dict[str, dict[str, Any]] = {
    "nt-xent": {}, "gaussian-kl": {"convention": {"latent": "sum", "batch": "none"}},
}  # fmt: skip


def marked(loss: Loss) -> list[int]:
    lines, first = inspect.getsourcelines(loss)
    return [first + i for i, line in enumerate(lines) if line.rstrip().endswith("# here")]


@pytest.mark.parametrize("loss", SHOWN, ids=lambda loss: loss.__name__)
def test_an_error_is_shown_at_its_line(loss: Loss) -> None:
    contract, words = SHOWN[loss]
    result = tf.check(loss, contract, budget="quick", **DECLARED[contract])
    assert result.ruling.value == "violated"
    sentences = [
        f"test_turning.py:{line}: with {words}, the twin is the definition" for line in marked(loss)
    ]
    assert set(sentences) <= set(result.shadow.lines), result.shadow.lines
    assert all(sentence in str(result) for sentence in sentences)


def test_what_is_right_at_one_size_only_is_not_shown() -> None:
    """At two latents -0.5 made -1 would do in place of the sum: not at one."""

    def mean_again(mu: Tensor, logvar: Tensor) -> Tensor:
        return -0.5 * (1 + logvar - mu**2 - logvar.exp()).mean(1)

    result = tf.check(mean_again, "gaussian-kl", budget="quick", **DECLARED["gaussian-kl"])
    assert [line.partition(": ")[2].partition(",")[0] for line in result.shadow.lines] == [
        "with sum in place of mean"
    ]


def test_an_error_that_no_edit_mends_is_shown_nowhere() -> None:
    def logarithm_doubled(mu: Tensor, logvar: Tensor) -> Tensor:
        return 0.5 * (mu**2 + logvar.exp() - 1 - logvar - logvar).sum(1)

    result = tf.check(logarithm_doubled, "gaussian-kl", budget="quick", **DECLARED["gaussian-kl"])
    assert result.ruling.value == "violated"
    assert result.shadow.lines == ()


def test_correct_code_is_not_edited() -> None:
    def loss(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
        return honest(F.normalize(torch.cat([z1, z2]), dim=1), temperature)

    result = tf.check(loss, "nt-xent", budget="quick")
    assert (result.ruling.value, result.shadow.lines) == ("upheld", ())
