"""The same law with mixed coordinates: by samples, by quadrature, and by differences."""

import numpy as np
import pytest
from scipy.stats import expon, ks_2samp, kstest

from tightframe.theorems.locatello import keeping, mixed, mixes, rotation

TURN = rotation(np.pi / 4)


@pytest.mark.parametrize("prior", ["uniform", "exponential"])
def test_what_is_mixed_has_the_law_of_what_was_not(prior: str) -> None:
    draw = np.random.default_rng(0)
    z = draw.uniform(size=(20_000, 2)) if prior == "uniform" else draw.exponential(size=(20_000, 2))
    maps = () if prior == "uniform" else (expon.cdf, expon.ppf)
    t = mixed(z, TURN, *maps)
    for column in range(2):
        assert kstest(t[:, column], "uniform" if prior == "uniform" else "expon").pvalue > 1e-3
    assert abs(np.corrcoef(t.T)[0, 1]) < 0.03
    assert ks_2samp(t.max(1), draw.permuted(z, axis=0).max(1)).pvalue > 1e-3


def test_the_volume_of_the_square_is_kept_everywhere() -> None:
    z = np.random.default_rng(1).uniform(0.1, 0.9, size=(50, 2))
    step = 1e-6
    slopes = np.stack(
        [(mixed(z + step * e, TURN) - mixed(z - step * e, TURN)) / (2 * step) for e in np.eye(2)],
        axis=2,
    )
    np.testing.assert_allclose(np.linalg.det(slopes), 1, atol=1e-7)
    assert np.all(np.abs(slopes) > 1e-3)


def test_new_and_old_coordinates_have_the_rank_correlation_of_gaussians() -> None:
    """Spearman's of a Gaussian pair is 6/pi asin(rho/2); by quadrature on the square."""
    nodes, weights = np.polynomial.legendre.leggauss(200)
    u, w = (nodes + 1) / 2, weights / 2
    z = np.stack(np.meshgrid(u, u, indexing="ij"), axis=2).reshape(-1, 2)
    t = mixed(z, TURN)
    found = 12 * float(np.outer(w, w).ravel() @ ((t[:, 0] - 0.5) * (z[:, 1] - 0.5)))
    assert found == pytest.approx(6 / np.pi * np.arcsin(-np.sqrt(0.5) / 2), abs=1e-3)


def test_exclusive_or_mixes_two_fair_coins() -> None:
    exclusive_or = (0, 1, 3, 2)  # 00, 01, 11, 10
    assert exclusive_or in keeping(0.5)
    assert mixes(exclusive_or)
    assert not mixes((0, 2, 1, 3))
    assert not mixes((2, 3, 0, 1))


def test_three_coordinates_are_mixed_by_a_rotation_of_space() -> None:
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3))).Q
    t = mixed(np.random.default_rng(1).uniform(size=(20_000, 3)), turn)
    assert np.abs(np.corrcoef(t.T) - np.eye(3)).max() < 0.03
