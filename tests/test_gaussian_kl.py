"""The Gaussian KL: the proof holds, the oracles are right, and code is told right from wrong."""

from __future__ import annotations

from functools import partial
from typing import Any

import mpmath
import numpy as np
import pytest
import torch
from judged import judged, known_error
from scipy.integrate import quad

from tightframe.checks.gaussian_kl import PAIRING as ROWS
from tightframe.checks.gaussian_kl_pair import PAIRING as PAIR
from tightframe.checks.verdict import Ruling
from tightframe.implementations.implementation import accept
from tightframe.theorems.gaussian_kl_pair import Pair
from tightframe.theorems.gaussian_kl_rows import Rows

BOTH = pytest.mark.parametrize("pairing", [ROWS, PAIR], ids=lambda p: p.contract.name)
U = 2.0**-53


def cases(part: str) -> Any:
    found = [(p, name) for p in (ROWS, PAIR) for name in listed(p, part)]
    return pytest.mark.parametrize(
        ("pairing", "name"), found, ids=[f"{p.contract.name}: {name}" for p, name in found]
    )


def listed(pairing: Any, part: str) -> list[str]:
    items = getattr(pairing.contract, part)
    return [getattr(item, "name", item) for item in items]


# -- the theorem ----------------------------------------------------------------------------------


def test_the_row_oracle_agrees_with_fifty_digits() -> None:
    mpmath.mp.dps = 50
    for problem in (*ROWS.family.design(), *ROWS.family.ranges()):
        truth, unit = ROWS.family.oracle(problem), ROWS.family.claims[0].unit
        for row, value in zip(zip(*problem, strict=True), truth.value, strict=True):
            exact = sum(
                (mpmath.mpf(m) ** 2 + mpmath.exp(v) - 1 - v) / 2 for m, v in zip(*row, strict=True)
            )
            assert abs(value - exact) <= 4 * U * unit(problem, truth, truth)


def test_the_pair_oracle_agrees_with_fifty_digits() -> None:
    mpmath.mp.dps = 50
    for problem in (*PAIR.family.design(), *PAIR.family.ranges()):
        truth = PAIR.family.oracle(problem)
        m0, S0, m1, S1 = (mpmath.matrix([list(r) for r in x] if isinstance(x[0], tuple) else x)
                          for x in problem)  # fmt: skip
        shift, precision = m1 - m0, S1**-1
        trace = sum((precision * S0)[i, i] for i in range(len(problem.mu0)))
        form = (shift.T * precision * shift)[0]
        volumes = mpmath.log(mpmath.det(S1) / mpmath.det(S0))
        exact = (trace + form - len(problem.mu0) + volumes) / 2
        assert abs(float(truth.value) - exact) <= 4 * U * truth.unit


@pytest.mark.parametrize(("m", "v"), [(0.0, 0.0), (1.5, -1.0), (-2.0, 0.75), (0.25, 2.0)])
def test_the_formula_is_the_integral_that_defines_the_divergence(m: float, v: float) -> None:
    s = np.exp(v / 2)

    def integrand(t: float) -> float:  # in the first density's own standard deviations
        z = m + s * t
        density = np.exp(-(t**2) / 2) / np.sqrt(2 * np.pi)
        return float(density * (-(t**2) / 2 - v / 2 + z**2 / 2))

    found, _ = quad(integrand, -12, 12, epsabs=1e-13)
    assert found == pytest.approx(
        float(ROWS.family.oracle(Rows(((m,),), ((v,),))).value[0]), abs=1e-11
    )


@BOTH
def test_gradients_agree_with_central_differences(pairing: Any) -> None:
    for problem in pairing.family.design()[:12]:
        arrays = [np.array(part, float) for part in problem]
        for i, slope in enumerate(pairing.family.oracle(problem).gradient):
            direction = np.cos(np.arange(arrays[i].size)).reshape(arrays[i].shape)
            if "cov" in problem._fields[i]:
                direction = direction + direction.T
            ahead, behind = (
                float(np.sum(pairing.family.oracle(moved(problem, i, step * direction)).value))
                for step in (1e-5, -1e-5)
            )
            assert (ahead - behind) / 2e-5 == pytest.approx(
                float((slope * direction).sum()), rel=1e-6, abs=1e-6
            )


def moved(problem: Any, i: int, step: np.ndarray) -> Any:
    changed = (np.array(problem[i], float) + step).tolist()
    nested = tuple(tuple(r) if isinstance(r, list) else r for r in changed)
    return problem._replace(**{problem._fields[i]: nested})


@BOTH
def test_shrinking_comes_to_an_end(pairing: Any) -> None:
    problem, steps = pairing.family.design()[8], 0
    while (plainer := next(pairing.family.simpler(problem), None)) is not None:
        problem, steps = plainer, steps + 1
    assert steps < 100
    assert np.sum(pairing.family.oracle(problem).value) == 0


# -- honest code ----------------------------------------------------------------------------------


@cases("references")
def test_an_honest_coding_is_upheld(pairing: Any, name: str) -> None:
    result = judged(pairing, pairing.contract.references[name], budget="normal")
    assert result.ruling is Ruling.UPHELD
    assert max(v.used or 0.0 for v in result.verdicts) <= 0.25


@cases("axes")
def test_another_convention_is_upheld_where_declared_and_identified_where_not(
    pairing: Any, name: str
) -> None:
    contract = pairing.contract
    coding = next(iter(contract.references.values()))
    for option in contract.axis(name).options[1:]:
        theirs = contract.written(coding, contract.convention({name: option.name}))
        assert judged(pairing, theirs, convention={name: option.name}).ruling is Ruling.UPHELD
        inferred = judged(pairing, theirs)
        assert inferred.ruling is Ruling.IDENTIFIED
        assert inferred.convention[name] == option.name


@cases("stabilisers")
def test_a_stabiliser_is_found_and_exonerated(pairing: Any, name: str) -> None:
    if name == "clamp":
        coding = partial(pairing.contract.stabilised, clamp=1 / 30)
        assert judged(pairing, coding).ruling is Ruling.UPHELD  # beyond what encoders put out
        return
    result = judged(pairing, partial(pairing.contract.stabilised, **{name: 1e-9}))
    assert result.ruling is Ruling.STABILISED
    assert [(s.place, s.size) for s in result.stabilisers] == [(name, 1e-9)]


def test_a_clamp_within_the_range_of_encoders_is_a_range_violation() -> None:
    result = judged(ROWS, partial(ROWS.contract.stabilised, clamp=1 / 8))
    assert [v.claim for v in result.violations] == ["range"]


def test_a_sum_over_rows_is_refused_where_one_number_per_row_is_declared() -> None:
    def total(mu: Any, logvar: Any) -> Any:
        return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum()

    result = judged(ROWS, total, convention={"batch": "none"})
    assert result.ruling is Ruling.REFUSED
    assert "declare batch=mean or batch=sum" in result.reason


# -- wrong code -----------------------------------------------------------------------------------


@BOTH
def test_there_are_places_where_known_errors_were_seen(pairing: Any) -> None:
    assert sum(bool(d.seen_in) for d in pairing.contract.defects) >= 5


@BOTH
def test_counterexamples_of_the_value_are_small_integers(pairing: Any) -> None:
    plain = []
    for defect in pairing.contract.defects:
        result = known_error(pairing.contract.name, defect.name)
        numbers = [x for v in result.violations[0].evidence.problem.values() for x in flat(v)]
        plain.append(all(float(x).is_integer() and abs(x) <= 4 for x in numbers))
    assert sum(plain) >= len(plain) - 1


def flat(value: Any) -> list[float]:
    return [x for part in value for x in flat(part)] if isinstance(value, list) else [value]


@BOTH
def test_a_scale_wrong_by_one_part_in_ten_to_the_eleven_is_caught(pairing: Any) -> None:
    coding = next(iter(pairing.contract.references.values()))

    def off(*inputs: Any) -> Any:
        return coding(*inputs) * (1 + 1e-11)

    result = judged(pairing, off, convention=pairing.contract.canonical)
    assert "value" in [v.claim for v in result.violations]


def test_a_coding_is_accepted_under_every_declared_convention() -> None:
    """Two axes at once: bits, and standard deviations."""
    contract = ROWS.contract
    convention = contract.convention({"base": "2", "second": "std", "batch": "mean"})
    for coding in contract.references.values():
        theirs = contract.written(coding, convention)
        assert accept(theirs, contract).name
        assert judged(ROWS, theirs, convention=convention).ruling is Ruling.UPHELD


def test_only_the_diagonals_are_read_where_covariances_are_diagonal() -> None:
    skewed = Pair((0.0, 0.0), ((2.0, 1.0), (1.0, 2.0)), (1.0, 0.0), ((1.0, 0.5), (0.5, 1.0)))
    plain = skewed._replace(cov0=((2.0, 0.0), (0.0, 2.0)), cov1=((1.0, 0.0), (0.0, 1.0)))
    oracle = PAIR.family.oracle
    assert oracle(skewed, covariance="diagonal").value == oracle(plain).value


def test_torch_distributions_own_divergence_is_one_number_per_coordinate() -> None:
    """`kl_divergence(Normal, Normal)` as it comes, undeclared, and a user's two-line mean of it."""
    of = torch.distributions

    def as_it_comes(mu: Any, logvar: Any) -> Any:
        return of.kl_divergence(of.Normal(mu, (logvar / 2).exp()), of.Normal(0.0, 1.0))

    result = judged(ROWS, as_it_comes)
    assert result.ruling is Ruling.IDENTIFIED
    assert result.convention["latent"] == "none"
    result = judged(ROWS, lambda mu, logvar: as_it_comes(mu, logvar).mean())
    assert (result.convention["latent"], result.convention["batch"]) == ("mean", "mean")
