"""Hubness: names given are names received, and who receives them, against another algorithm."""

import numpy as np
import pytest
from scipy.spatial import KDTree
from scipy.stats import skew

from tightframe.theorems.hubness import k_occurrences, skewness


@pytest.mark.parametrize("d", [1, 3, 30])
def test_the_counts_are_those_of_a_tree_and_their_mean_is_k(d: int) -> None:
    rows = np.random.default_rng(d).normal(size=(200, d))
    _, nearest = KDTree(rows).query(rows, 6)
    counts = np.bincount(nearest[:, 1:].ravel(), minlength=200)  # the first is the point itself
    np.testing.assert_array_equal(k_occurrences(rows, 5), counts)
    assert counts.mean() == 5
    assert skewness(counts) == pytest.approx(skew(counts))


def test_in_many_dimensions_gaussian_points_have_hubs_and_their_directions_have_few() -> None:
    rows = np.random.default_rng(0).normal(size=(1000, 100))
    counts = k_occurrences(rows, 10)
    directions = k_occurrences(rows / np.linalg.norm(rows, axis=1, keepdims=True), 10)
    assert skewness(counts) > 3
    assert abs(skewness(directions)) < 1
    assert counts.max() > 150


def test_a_distance_in_common_is_shared_by_a_quarter() -> None:
    x, y, z = np.random.default_rng(0).normal(size=(3, 20_000, 50))
    own, other = ((x - y) ** 2).sum(1), ((x - z) ** 2).sum(1)
    assert np.corrcoef(own, other)[0, 1] == pytest.approx(0.25, abs=0.03)


def test_points_that_are_all_alike_are_not_skew() -> None:
    assert skewness(np.full(5, 3)) == 0


def test_as_many_neighbours_as_points_are_refused() -> None:
    with pytest.raises(ValueError, match="0 < k < n"):
        k_occurrences(np.zeros((3, 2)), 3)
