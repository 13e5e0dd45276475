"""The picture of real digits: principal components, a trained network, and what is drawn."""

import math
import re

import numpy as np
import pytest
import torch

from tightframe.checks.autoencoder import PAIRING
from tightframe.checks.handwriting import SOURCE, curved, digits, flat, scatters, told_apart
from tightframe.reports import plot


@pytest.fixture(scope="module")
def network():
    return curved()


@pytest.fixture(scope="module")
def drawn():
    assert PAIRING.scatters is scatters
    assert PAIRING.data == SOURCE
    return scatters()


def variances():
    """By the covariance, not by singular values."""
    x = digits()[0]
    return np.linalg.eigh(np.cov(x.T, bias=True))


def test_the_digits_are_five_hundred_of_small_whole_numbers():
    x, names = digits()
    assert x.shape == (500, 64)
    assert (x.min(), x.max()) == (0, 16)
    assert np.array_equal(x, x.round())
    assert min(np.bincount(names)) >= 46


def test_the_plane_is_that_of_principal_component_analysis():
    values, vectors = variances()
    scores = (digits()[0] - digits()[0].mean(axis=0)) @ vectors[:, [-1, -2]]
    found = flat()
    signs = np.sign((found.code * scores).sum(axis=0))
    np.testing.assert_allclose(found.code * signs, scores, atol=1e-9)
    assert found.loss == pytest.approx(values[:-2].sum(), rel=1e-12)


def test_the_network_gets_below_every_plane_and_above_nothing(network):
    values, _ = variances()
    assert 0 < network.loss < 0.5 * values[:-2].sum()
    assert network.code.shape == (500, 2)


def test_the_codes_of_the_network_are_its_own(network):
    """Decoded by nearest neighbours on half of the digits, they say more than the plane does."""
    x, plane = digits()[0], flat().code

    def lost(code):
        known, asked = code[::2], code[1::2]
        nearest = np.linalg.norm(asked[:, None] - known, axis=2).argmin(axis=1)
        return ((x[1::2] - x[::2][nearest]) ** 2).sum(axis=1).mean()

    assert lost(network.code) < 0.8 * lost(plane)


def test_training_repeats_itself_and_leaves_the_world_alone(network):
    threads, state = torch.get_num_threads(), torch.get_rng_state()
    assert np.array_equal(curved().code, network.code)
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.get_rng_state(), state)


def test_neighbours_are_counted_without_oneself():
    code = np.array([[0.0, 0], [0.1, 0], [5, 5], [5, 5.1], [9, 0]])
    assert told_apart(code, np.array([1, 1, 2, 3, 3])).tolist() == [True, True, False, False, False]


def test_what_is_told_is_what_was_measured(drawn, network):
    plane, sheet = drawn
    floor = variances()[0][:-2].sum()
    assert f"loses {floor:.1f} of a variance of {variances()[0].sum():.1f}" in plane.told
    assert f"loses {network.loss:.1f} per digit" in sheet.told
    for scatter, code in ((plane, flat().code), (sheet, network.code)):
        right = told_apart(code, digits()[1])
        assert f"for {right.mean():.0%} of them" in scatter.told
        assert sum(len(points) for points in scatter.marks.values()) == 500
        assert np.mean([scatter.shares[str(name)] for name in digits()[1]]) == pytest.approx(
            right.mean()
        )


def test_each_point_is_drawn_as_its_own_name(drawn):
    svg = plot.scatter(drawn[0].marks, drawn[0].axes, title="t", name="n")
    found = re.findall(r'class="glyph hue-\d(?: strong)?"[^>]*>(\d)<', svg)
    assert found == sorted(str(name) for name in digits()[1])
    styles = {re.search(rf'class="([^"]*)"[^>]*>{name}<', svg[svg.index("glyph") - 20 :]).group(1)
              for name in range(10)}  # fmt: skip
    assert len(styles) == 10  # colour and weight together tell the ten apart too


def test_a_scatter_leaves_out_what_is_not_finite_and_escapes_names():
    svg = plot.scatter({"<a>": ((1, 2), (math.inf, 0))}, ("x", "y"), title="<t>", name="n")
    assert svg.count("glyph") == 1
    assert "&lt;a&gt;" in svg
    assert "<t>" not in svg
    assert plot.scatter({"a": ((math.nan, 0),)}, ("x", "y"), title="t", name="n") == ""
