"""What the losses under audit should return, and what they do return, to fifty digits.

Written with mpmath, from the formulas and from the libraries' own sources, so that a violation is
confirmed by a third computation before it is believed.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from typing import Any

import mpmath

__all__ = ["clip", "fifty_digits", "gaussian_kl", "info_nce", "nt_xent", "numbers", "shown"]
__all__ += ["supcon", "supcon_terms"]

Rows = Sequence[Sequence[float]]


def fifty_digits(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def precise(*arguments: Any, **options: Any) -> Any:
        with mpmath.workdps(50):
            return function(*arguments, **options)

    return precise


@fifty_digits
def nt_xent(
    z1: Rows, z2: Rows, temperature: float, *, decoupled: bool = False, added: float = 0.0
) -> Any:
    """The mean over all 2N rows; `decoupled` leaves the positive out of the denominator, `added`
    is a constant beside the probability, under the logarithm."""
    scores, rows = _scores([*z1, *z2], [*z1, *z2], temperature), 2 * len(z1)
    terms = []
    for i in range(rows):
        partner = (i + len(z1)) % rows
        left_out = {i, partner} if decoupled else {i}
        total = mpmath.fsum(mpmath.exp(scores[i][j]) for j in range(rows) if j not in left_out)
        terms.append(-mpmath.log(mpmath.exp(scores[i][partner]) / total + mpmath.mpf(added)))
    return mpmath.fsum(terms) / rows


@fifty_digits
def info_nce(query: Rows, key: Rows, temperature: float) -> Any:
    """One direction: each query among all N keys."""
    scores = _scores(query, key, temperature)
    terms = [mpmath.log(mpmath.fsum(map(mpmath.exp, row))) - row[i] for i, row in enumerate(scores)]
    return mpmath.fsum(terms) / len(terms)


@fifty_digits
def supcon_terms(features: Rows, labels: Sequence[int], temperature: float) -> list[Any]:
    """The terms of the supervised contrastive loss, of the anchors that have a positive."""
    scores, terms = _scores(features, features, temperature), []
    for i, label in enumerate(labels):
        others = [j for j in range(len(labels)) if j != i]
        total = mpmath.log(mpmath.fsum(mpmath.exp(scores[i][j]) for j in others))
        mine = [total - scores[i][j] for j in others if labels[j] == label]
        terms += [mpmath.fsum(mine) / len(mine)] if mine else []
    return terms


@fifty_digits
def supcon(features: Rows, labels: Sequence[int], temperature: float) -> Any:
    terms = supcon_terms(features, labels, temperature)
    return mpmath.fsum(terms) / len(terms)


@fifty_digits
def clip(image: Rows, text: Rows, logit_scale: float, *, normalised: bool = False) -> Any:
    """The mean over both directions; inner products, or cosines."""
    product = _cosine if normalised else mpmath.fdot
    table = [[product(a, b) * mpmath.mpf(logit_scale) for b in text] for a in image]
    ways = (table, list(zip(*table, strict=True)))
    terms = [
        mpmath.log(mpmath.fsum(map(mpmath.exp, row))) - row[i]
        for way in ways for i, row in enumerate(way)
    ]  # fmt: skip
    return mpmath.fsum(terms) / len(terms)


def _scores(left: Rows, right: Rows, temperature: float) -> list[list[Any]]:
    return [[_cosine(a, b) / mpmath.mpf(temperature) for b in right] for a in left]


def _cosine(a: Sequence[float], b: Sequence[float]) -> Any:
    return mpmath.fdot(a, b) / mpmath.sqrt(mpmath.fdot(a, a) * mpmath.fdot(b, b))


@fifty_digits
def gaussian_kl(
    mean: Sequence[float], variance: Sequence[Any],
    other_mean: Sequence[float], other_variance: Sequence[Any],
) -> Any:  # fmt: skip
    """KL(first, second) of Gaussians with diagonal covariances."""
    return mpmath.fsum(
        (v / w + (mpmath.mpf(b) - a) ** 2 / w - 1 + mpmath.log(mpmath.mpf(w) / v)) / 2
        for a, v, b, w in zip(mean, variance, other_mean, other_variance, strict=True)
    )


def numbers(text: str) -> list[float]:
    """The numbers that a report shows, in their order."""
    return [float(found) for found in re.findall(r"-?\d+\.?\d*(?:e[-+]?\d+)?", text)]


def shown(result: Any, claim: str) -> tuple[dict[str, Any], list[float], list[float], float]:
    """Of a violated claim: the smallest input, the theorem's numbers, the code's, and the bound."""
    (verdict,) = (v for v in result.violations if v.claim == claim)
    found = verdict.evidence
    return found.problem, numbers(found.ours), numbers(found.theirs), found.noise
