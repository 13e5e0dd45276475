"""The best denoiser of a few points, exactly, and what a mistake in training learns instead: which
of them a roughly trained network is near, and that an honest one is near none."""

import math

import numpy as np
import pytest
import torch

from tightframe.implementations.trained_denoiser import TRAINED_DENOISER
from tightframe.implementations.trained_denoiser_networks import by_adam, by_lbfgs, trained
from tightframe.theorems.mistaken_denoisers import MISTAKEN, minimisers, near, slope, told
from tightframe.theorems.trained_denoiser import best, design, excess, unsettled
from tightframe.theorems.trained_denoiser_problems import APART, Cloud, apart

TWO = Cloud(((-1.0,), (1.0,)), 0.5)
SMALL = Cloud(((-0.25,), (0.25,)), 0.125)
PLANE = Cloud(((1.0, 1.0), (-1.0, 0.0)), 0.5)


def rows(problem):
    return torch.tensor(problem.points, dtype=torch.float64)


def on_grid(problem, denoiser):
    return np.asarray(denoiser(torch.from_numpy(best(problem).y)).detach().double())


def gauss_hermite(problem, denoiser, nodes=100):
    """E|X - D(X + sigma eps)|^2, the noise of each point on its own nodes."""
    t, w = np.polynomial.hermite_e.hermegauss(nodes)
    d = len(problem.points[0])
    noise = np.stack([a.ravel() for a in np.meshgrid(*[t] * d)], axis=1)
    weights = np.prod(np.stack([a.ravel() for a in np.meshgrid(*[w] * d)]), axis=0)
    losses = [
        weights @ ((np.array(x) - denoiser(np.array(x) + problem.sigma * noise)) ** 2).sum(axis=1)
        for x in problem.points
    ]
    return float(np.mean(losses) / weights.sum())


def by_score(problem, y):
    """Tweedie's way to the best denoiser: up the slope of log p, by automatic differentiation."""
    leaf = torch.from_numpy(y).requires_grad_()
    apart = ((leaf[:, None, :] - rows(problem)) ** 2).sum(dim=2)
    log_density = (-apart / (2 * problem.sigma**2)).logsumexp(dim=1)
    (score,) = torch.autograd.grad(log_density.sum(), leaf)
    return y + problem.sigma**2 * score.numpy()


# -- the oracle -----------------------------------------------------------------------------------


@pytest.mark.parametrize("problem", [*design()[:2], design()[9], PLANE])
def test_the_best_denoiser_is_the_one_that_the_score_tells(problem):
    truth = best(problem)
    np.testing.assert_allclose(truth.best, by_score(problem, truth.y), atol=1e-10)


@pytest.mark.parametrize("problem", [TWO, design()[8], PLANE])
@pytest.mark.parametrize("gain", [1.0, 0.3])
def test_what_any_map_loses_is_the_floor_and_its_squared_distance(problem, gain):
    def some(y):
        return gain * np.sin(y) - 0.2

    truth = best(problem)
    joint = gauss_hermite(problem, some, 40)
    assert joint == pytest.approx(truth.mmse + excess(truth, some(truth.y)), rel=1e-9)


def test_two_points_at_half_a_deviation_a_fifth_for_a_line_and_a_fifteenth_for_the_best():
    truth = best(TWO)
    assert truth.line == pytest.approx(0.2, rel=1e-14)
    assert truth.mmse == pytest.approx(0.0685974, rel=1e-6)
    np.testing.assert_allclose(truth.best, np.tanh(4 * truth.y), atol=1e-14)
    assert gauss_hermite(TWO, lambda y: np.tanh(4 * y), 200) == pytest.approx(truth.mmse, rel=1e-9)
    assert gauss_hermite(TWO, lambda y: y / 1.25) == pytest.approx(truth.line)


@pytest.mark.parametrize("corner", [0.1, 0.37])
def test_quarters_of_the_grid_tell_how_well_a_network_with_corners_is_known(corner):
    truth = best(TWO)

    def kinked(y):
        return np.clip(9 * (y - corner), -1, 1)

    fine = np.linspace(-5, 5, 400_001)[:, None]
    density = np.exp(-((fine - np.array([[-1.0, 1.0]])) ** 2) / 0.5).sum(axis=1)
    right = density @ (kinked(fine) - np.tanh(4 * fine))[:, 0] ** 2 / density.sum()
    found = kinked(truth.y)
    off = abs(excess(truth, found) - right)
    assert 1e-8 < off <= unsettled(truth, found) < 0.1 * right


def test_problems_are_far_enough_apart_to_leave_lines_behind():
    assert all(apart(problem) for problem in design())
    for problem in design():
        if len(problem.points) > 1:
            truth = best(problem)
            assert truth.mmse < 0.6 * truth.line
    assert not apart(Cloud(((0.0,), (1.0,)), 2 / APART))


# -- mistakes -------------------------------------------------------------------------------------


def test_every_mistake_is_a_known_error():
    assert set(MISTAKEN) <= {defect.name for defect in TRAINED_DENOISER.defects}


@pytest.mark.parametrize("name", MISTAKEN)
def test_each_minimiser_is_what_the_error_returns_and_near_itself(name):
    """In the coding of the known error, which shares nothing with the theorem's."""
    (defect,) = (d for d in TRAINED_DENOISER.defects if d.name == name)
    for problem in (design()[8], PLANE, design()[4]):
        made, away = minimisers(problem)[name]
        returned = defect.call(rows(problem), problem.sigma)
        code = returned["denoiser"] if isinstance(returned, dict) else returned
        np.testing.assert_allclose(on_grid(problem, code), made, atol=1e-9 * np.abs(made).max())
        if away:
            assert name in near(problem, made)


def test_the_slope_tells_a_sign_a_double_step_and_none():
    truth = best(TWO)
    step = truth.best - truth.y
    for length in (1.0, -1.0, 2.0, 0.0, 0.5):
        assert slope(TWO, truth.y + length * step) == pytest.approx(length)


EXAMPLES = {
    "noise returned": lambda z, level, noise: (z + level * noise, noise),
    "noisy target": lambda z, level, noise: (z + level * noise, z + level * noise),
    "targets of all rows": lambda z, level, noise: (z + level * noise, z.roll(1, 0)),
    "deviation for variance": lambda z, level, noise: (z + 2.8 * level * noise, z),
    "noise added twice": lambda z, level, noise: (z + math.sqrt(2) * level * noise, z),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_roughly_trained_network_is_near_what_its_error_makes_it_learn(name):
    """Really trained, by Adam on samples; the root of sigma = 1/8 is 2.8 times as large."""

    def train(z, level):
        return by_adam(z, level, steps=400, examples=EXAMPLES[name])

    found = on_grid(SMALL, trained(train, rows(SMALL), SMALL.sigma)[0])
    if name == "noise returned":  # as it is, not in the units of the data
        found = found / math.sqrt(0.25**2 + SMALL.sigma**2)
    assert near(SMALL, found) == (name,)
    assert name in told(SMALL, found, (name,))


def test_an_honest_network_is_near_no_mistake_at_any_stage_of_its_training():
    for steps in (0, 25, 100, 400):

        def train(z, level, steps=steps):
            return by_adam(z, level, steps=steps) if steps else by_lbfgs(z, level, steps=0)

        found = on_grid(TWO, trained(train, rows(TWO), TWO.sigma)[0])
        assert not near(TWO, found), steps
