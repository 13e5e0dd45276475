"""What the tests of posteriors share."""

from __future__ import annotations

from typing import Any

import mpmath

from tightframe.theorems.posterior import Observed

HAND = mpmath.MPContext()
HAND.dps = 80


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
