"""NT-Xent tile by tile is NT-Xent by the matrix of all pairs, and holds no such matrix."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from tightframe.theorems.nt_xent import oracle
from tightframe.theorems.nt_xent_problems import Batch
from tightframe.theorems.streamed_nt_xent import COLDEST, ROWS, streamed

EPS = np.finfo(float).eps


def views(n: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(n)
    z = draw.normal(size=(n, d))
    return z, z + 0.7 * draw.normal(size=(n, d))


@pytest.mark.parametrize("positive_in_denominator", ["yes", "no"])
@pytest.mark.parametrize("temperature", [5.0, 0.1, COLDEST, 0.9 * COLDEST, 1e-4])
@pytest.mark.parametrize("n", [2, ROWS // 2, ROWS + 37, 3 * ROWS])
def test_the_tiles_add_up_to_the_matrix(
    n: int, temperature: float, positive_in_denominator: str
) -> None:
    z1, z2 = views(n, 5)
    whole = oracle(Batch(z1, z2, temperature), positive_in_denominator)  # type: ignore[arg-type]
    found = streamed(z1, z2, temperature, positive_in_denominator)
    assert abs(found.losses.mean() - whole.value) <= 16 * EPS * whole.unit


@pytest.mark.parametrize("temperature", [0.5, 1e-3])
@pytest.mark.parametrize("left_out", [(0,), (0, 300, -300)])
def test_the_entropies_are_those_of_the_soft_maxes(
    temperature: float, left_out: tuple[int, ...]
) -> None:
    z1, z2 = views(300, 4)
    u = np.concatenate([z1, z2])
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    scores = u @ u.T / temperature
    for distance in left_out:
        scores[np.eye(600, k=distance, dtype=bool)] = -np.inf
    p = np.exp(scores - np.logaddexp.reduce(scores, axis=1, keepdims=True))
    by_definition = -np.sum(p * np.log(np.where(p > 0, p, 1)), axis=1)
    found = streamed(z1, z2, temperature, "yes" if left_out == (0,) else "no")
    np.testing.assert_allclose(found.entropies, by_definition, atol=64 * EPS / temperature)


def test_opposite_views_at_the_coldest_shift_have_no_term_that_vanishes() -> None:
    """Each row's own view is its opposite, and the only other row: the smallest exponential."""
    z = np.array([[1.0, 0.0]])
    found = streamed(z, -z, COLDEST)
    assert np.abs(found.losses).max() <= 16 * EPS / COLDEST


def test_it_holds_a_tenth_of_the_matrix_at_most() -> None:
    z1, z2 = views(2048, 64)
    tracemalloc.start()
    streamed(z1, z2, 0.1)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 8 * 4096**2 / 10


@pytest.mark.parametrize("bad", [0.0, np.nan, np.inf])
def test_a_row_without_a_direction_is_refused(bad: float) -> None:
    z1, z2 = views(4, 3)
    z1[2] = bad
    with pytest.raises(ValueError, match="without a direction"):
        streamed(z1, z2, 0.1)
