"""InfoNCE's population loss beyond tables: against other integrals, limits, and enumeration."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import log

import numpy as np
import pytest

from tightframe.theorems.infonce_laws import (
    gaussian_critic,
    gaussian_loss,
    pair_loss,
    sphere_information,
    sphere_loss,
)
from tightframe.theorems.infonce_loss import best_critic, information, loss

# -- Gaussian pairs -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "reached"), [(2, 0.33704), (16, 0.74915), (128, 0.81852), (1024, 0.82873)]
)
def test_what_so_many_keys_say_of_a_strong_correlation(keys: int, reached: float) -> None:
    found = log(keys) - gaussian_loss(0.9, keys)
    assert abs(found - reached) < 6e-6
    assert found < min(-0.5 * log(1 - 0.81), log(keys))


def test_two_keys_are_a_plain_integral() -> None:
    """Gauss and Hermite's nodes in the query, its key and the stranger: no integral over t."""
    rho, critic = 0.5, gaussian_critic(0.5)
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    weights = weights / weights.sum()
    x, e, other = np.meshgrid(nodes, nodes, nodes, indexing="ij")
    own = critic(x, rho * x + (1 - rho**2) ** 0.5 * e)
    exact = np.einsum(
        "i,j,k,ijk->", weights, weights, weights, np.logaddexp(own, critic(x, other)) - own
    )
    assert abs(gaussian_loss(rho, 2) - exact) < 1e-9


def test_what_depends_on_the_query_drops_out_and_a_worse_critic_says_less() -> None:
    best = gaussian_critic(0.5)
    same = gaussian_loss(0.5, 8, lambda x, y: best(x, y) + x**2)
    assert abs(same - gaussian_loss(0.5, 8)) < 1e-12
    assert gaussian_loss(0.5, 8, lambda x, y: x * y) > gaussian_loss(0.5, 8) + 1e-3


def test_a_weak_correlation_closes_its_gap_like_half_chi_squared_over_k() -> None:
    gap = -0.5 * log(1 - 0.16) - log(1000) + gaussian_loss(0.4, 1000)
    assert abs(gap * 2000 / (1 / (1 - 0.16) - 1) - 1) < 2e-3


# -- directions -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("concentration", "temperature"), [(5.0, 0.2), (5.0, 0.05), (2.0, 1.0)])
def test_two_directions_are_a_plain_integral(concentration: float, temperature: float) -> None:
    cosines, weights = np.polynomial.legendre.leggauss(300)
    own = np.exp(concentration * (cosines - 1)) * weights
    scores, own = cosines / temperature, own / own.sum()
    sums = np.logaddexp(scores[:, None], scores)
    exact = own @ sums @ weights / 2 - own @ scores
    assert abs(sphere_loss(concentration, temperature, 2) - exact) < 1e-13


@pytest.mark.parametrize("concentration", [0.5, 5.0, 20.0])
def test_the_information_of_directions_is_reached_at_the_matching_temperature(
    concentration: float,
) -> None:
    """At the rate of half chi^2 over K, where chi^2 = k coth k - 1."""
    k, keys = concentration, 10**5
    gap = sphere_information(k) - log(keys) + sphere_loss(k, 1 / k, keys)
    assert abs(gap * 2 * keys / (k / np.tanh(k) - 1) - 1) < 1e-4
    for other in (0.5 / k, 2 / k):
        assert sphere_loss(k, other, keys) > sphere_loss(k, 1 / k, keys) + 1e-3


def test_many_directions_reach_alignment_and_uniformity() -> None:
    """Wang and Isola's limit: the mean score, and the logarithm of sinh t/t."""
    k, t = 3.0, 4.0
    limit = np.log(np.sinh(t) / t) - t * (1 / np.tanh(k) - 1 / k)
    assert abs(sphere_loss(k, 1 / t, 10**6) - log(10**6) - limit) < 1e-5


# -- NT-Xent --------------------------------------------------------------------------------------

COINS, SAME = np.eye(2) / 2, 40 * np.eye(2)


def test_nt_xent_passes_the_information_by_its_two_thousandths() -> None:
    """Five coins, seen twice: log 9 - L exceeds log 2, and log 5 - L does not."""
    found = pair_loss(COINS, SAME, 5)
    assert abs(log(9) - found - log(2) - 0.002081) < 5e-7
    counts = [Fraction(n, 16) for n in (1, 4, 6, 4, 1)]
    exact = sum(float(c) * log(2 * i + 1) for i, c in enumerate(counts))
    assert abs(found - exact) < 1e-12
    assert log(5) - found < log(2)


def enumerated(joint: np.ndarray, critic: np.ndarray, pairs: int) -> float:
    """All batches, one by one."""
    views, total = list(zip(*np.nonzero(joint), strict=True)), 0.0
    for batch in product(views, repeat=pairs):
        chance = np.prod([joint[view] for view in batch])
        (x, y), *others = batch
        for anchor, positive in ((x, y), (y, x)):
            keys = [positive, *(v for pair in others for v in pair)]
            scores = critic[anchor, keys]
            total += chance * (np.logaddexp.reduce(scores) - scores[0]) / 2
    return float(total)


@pytest.mark.parametrize("pairs", [1, 2, 3, 4])
def test_the_loss_of_pairs_is_the_enumeration_of_batches(pairs: int) -> None:
    draw = np.random.default_rng(pairs)
    joint = draw.dirichlet(np.ones(4)).reshape(2, 2)  # its views need not be alike
    critic = 2 * draw.normal(size=(2, 2))
    assert abs(pair_loss(joint, critic, pairs) - enumerated(joint, critic, pairs)) < 1e-12


def test_log_n_always_certifies() -> None:
    draw = np.random.default_rng(0)
    for _ in range(30):
        joint = draw.dirichlet(np.ones(9)).reshape(3, 3)
        joint = (joint + joint.T) / 2
        for critic in (best_critic(joint), 3 * draw.normal(size=(3, 3))):
            for pairs in (2, 5, 50):
                found = log(pairs) - pair_loss(joint, critic, pairs)
                assert found <= log(pairs) - loss(joint, critic, pairs) + 1e-12
                assert found <= information(joint) + 1e-12
