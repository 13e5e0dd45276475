"""NT-Xent: the oracle against mpmath and finite differences, the floors against optimisation."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from scipy.optimize import minimize

from tightframe.checks.catalogue import PAIRINGS
from tightframe.checks.noise import KAPPA, UNIT_ROUNDOFF
from tightframe.theorems.nt_xent import (
    NT_XENT_LOSS,
    Batch,
    floor,
    oracle,
    problems,
)

VARIANTS = ("yes", "no")
CONTRACT = PAIRINGS["nt-xent"].contract
NOISE = KAPPA["float64"] * UNIT_ROUNDOFF["float64"]


def by_mpmath(problem: Batch, positive_in_denominator: str) -> mpmath.mpf:
    """The definition, row by row, with 50 digits and no shared code."""
    with mpmath.workdps(60):
        rows = [mpmath.matrix([list(map(mpmath.mpf, row))]) for row in problem.z1 + problem.z2]
        units = [row / mpmath.norm(row) for row in rows]
        n, losses = len(problem.z1), []
        for i, u in enumerate(units):
            scores = [(u * v.T)[0] / mpmath.mpf(problem.temperature) for v in units]
            partner = (i + n) % (2 * n)
            out = {i} if positive_in_denominator == "yes" else {i, partner}
            kept = [s for j, s in enumerate(scores) if j not in out]
            losses.append(mpmath.log(mpmath.fsum(map(mpmath.exp, kept))) - scores[partner])
        return mpmath.fsum(losses) / len(losses)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize(
    "problem", NT_XENT_LOSS.design(), ids=lambda p: f"{len(p.z1)}x{len(p.z1[0])}"
)
def test_the_value_is_the_definition_s(problem: Batch, variant: str) -> None:
    truth = oracle(problem, variant)
    error = abs(float(truth.value) - by_mpmath(problem, variant))
    assert error <= NOISE * truth.unit / 4


@settings(max_examples=20, deadline=None)
@given(problems())
def test_the_gradient_is_the_value_s(problem: Batch) -> None:
    """A central difference with 50 digits in one entry of each view."""
    for variant in VARIANTS:
        truth = oracle(problem, variant)
        sizes = truth.units
        for view in ("z1", "z2"):
            k = ("z1", "z2").index(view)
            size = float(np.broadcast_to(sizes[k], truth.gradient[k].shape)[0, 0])
            slope = central_difference(problem, view, variant)
            assert abs(slope - truth.gradient[k][0, 0]) <= NOISE * size


def central_difference(problem: Batch, view: str, variant: str) -> float:
    with mpmath.workdps(60):
        step, values = mpmath.mpf(2) ** -80, []
        first, *rest = getattr(problem, view)
        for sign in (1, -1):
            moved = (mpmath.mpf(first[0]) + sign * step, *first[1:])
            values.append(by_mpmath(problem._replace(**{view: (moved, *rest)}), variant))
        return float((values[0] - values[1]) / (2 * step))


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize(("n", "d"), [(2, 1), (2, 2), (3, 2), (4, 3)])
def test_the_best_batch_found_reaches_the_floor_and_none_passes_it(
    n: int, d: int, variant: str
) -> None:
    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        z1, z2 = flat.reshape(2, n, d)
        truth = oracle(Batch(z1, z2, 0.5), variant)  # type: ignore[arg-type]
        return float(truth.value), np.concatenate([g.ravel() for g in truth.gradient])

    starts = np.random.default_rng(0).normal(size=(6, 2 * n * d))
    found = [minimize(loss, start, jac=True, method="L-BFGS-B").fun for start in starts]
    assert min(found) >= floor(n, 0.5, variant) - NOISE * 10
    assert min(found) <= floor(n, 0.5, variant) + 1e-6


def test_too_many_vertices_for_the_dimension_leave_a_gap() -> None:
    """A negative control: four pairs have no regular simplex in the plane."""
    square = ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))
    assert float(oracle(Batch(square, square, 0.5)).value) > floor(4, 0.5) + 1e-2


def test_the_decoupled_floor_may_be_negative_where_the_coupled_one_is_not() -> None:
    assert floor(2, 0.5, "no") < 0 < floor(2, 0.5, "yes")


@pytest.mark.parametrize("coding", CONTRACT.references)
@pytest.mark.parametrize("axis", CONTRACT.axes, ids=lambda axis: axis.name)
def test_each_option_is_undone_by_its_gauge(coding: str, axis) -> None:
    """Code written to an option, brought back by it, returns what the canonical code returns."""
    import torch

    from tightframe.implementations.contract import Call

    z1, z2 = (
        torch.tensor(((1.0, 2.0), (0.5, -1.0))).double(),
        torch.tensor(((2.0, 1.0), (0.0, 1.0))),
    )
    call = Call((z1, z2.double()), {"temperature": 0.5})
    for option in axis.options:
        convention = CONTRACT.canonical | {axis.name: option.name}
        written = CONTRACT.written(CONTRACT.references[coding], convention)
        returned = CONTRACT.bring(
            lambda c, f=written: f(*c.inputs, **c.parameters), convention, call
        )
        truth = oracle(Batch(z1.tolist(), z2.tolist(), 0.5), **CONTRACT.variants(convention))
        assert abs(float(returned) - float(truth.value)) <= NOISE * truth.unit
