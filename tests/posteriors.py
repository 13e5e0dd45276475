"""What the tests of posteriors share."""

from __future__ import annotations

from itertools import product
from typing import Any

import mpmath

from tightframe.theorems.discrete_denoiser import Corrupted
from tightframe.theorems.posterior import Observed

HAND = mpmath.MPContext()
HAND.dps = 80
CORRUPTED = Corrupted(
    ((0.0, 0.0, 0.7), (1.0, 0.0, 0.0), (0.0, 0.0, 0.0)), (0.3, 0.6, 0.1),
    ((0.3, 0.0, 0.7), (1.0, 0.2, 0.6), (0.0, 0.9, 0.7)), 0.3,
)  # fmt: skip


def posterior_by_hand(problem: Observed, returns: str) -> list[Any]:
    """Densities through mpmath's own inverse, multiplied and divided: eighty digits do not mind."""
    precision = HAND.inverse(HAND.matrix([list(row) for row in problem.covariance]))
    found = []
    for row in problem.t:
        weights = []
        for prior, mean in zip(problem.priors, problem.means, strict=True):
            apart = HAND.matrix(list(row)) - HAND.matrix(list(mean))
            form = (apart.T * precision * apart)[0]
            weights.append(HAND.mpf(prior) * HAND.exp(-form / 2))
        shares = [w / HAND.fsum(weights) for w in weights]
        found += shares if returns == "probabilities" else list(map(HAND.log, shares))
    return found


def corrupted_by_hand(problem: Corrupted, corruption: str) -> list[Any]:
    """By running through everything that may happen: each coordinate kept, masked, or put to either
    extreme; no likelihood is a product over coordinates here."""
    r, found = HAND.mpf(problem.rate), []
    ways = [(None, 1 - r), (0.0, r)]
    if corruption != "masking":
        ways = [(None, 1 - r), (0.0, r / 2), (1.0, r / 2)]
    for row in problem.y:
        evidence, sums = HAND.mpf(0), [HAND.mpf(0)] * len(row)
        for weight, point in zip(problem.weights, problem.points, strict=True):
            for happened in product(ways, repeat=len(row)):
                put = [x if v is None else v for x, (v, _) in zip(point, happened, strict=True)]
                if put == list(row):
                    chance = HAND.mpf(weight) * HAND.fprod(share for _, share in happened)
                    evidence += chance
                    sums = [s + chance * HAND.mpf(x) for s, x in zip(sums, point, strict=True)]
        found += [s / evidence for s in sums]
    return found
