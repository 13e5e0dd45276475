"""What holds of every theorem and every contract in the tables, whoever wrote it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from judged import judged, known_error, used, variants

from tightframe.checks.catalogue import PAIRINGS
from tightframe.checks.noise import UNIT_ROUNDOFF
from tightframe.checks.verdict import Ruling
from tightframe.theorems.catalogue import THEOREMS
from tightframe.theorems.theorem import Outcome, Theorem

FORMULAS = [name for name, pairing in PAIRINGS.items() if pairing.kind == "formula"]
CITED = {
    "eckart-young": 1, "baldi-hornik": 1, "bottleneck-inequality": 1,
    "denoising-linear-autoencoder": 1, "density-ratio": 1, "dictionary-learning": 1,
    "discrete-ib": 1, "fisher-neyman": 1, "gaussian-ib": 2, "importance-weighting": 1,
    "infonce-bound": 2, "nested-dropout": 1, "nt-xent": 1, "probabilistic-pca": 1,
    "rate-distortion": 1, "regularized-linear-autoencoder": 1, "supervised-contrastive": 1,
    "tweedie": 1, "spectral-contrastive": 1, "sphere-configurations": 1, "wang-isola": 3,
    "three-way-convergence": 3, "contrastive-identifiability": 1,
}  # fmt: skip

each_theorem = pytest.mark.parametrize("theorem", THEOREMS.values(), ids=list(THEOREMS))
each_contract = pytest.mark.parametrize("contract", PAIRINGS)


def cases(part: str) -> Any:
    found = [
        (c, getattr(x, "name", x)) for c, p in PAIRINGS.items() for x in getattr(p.contract, part)
    ]
    return pytest.mark.parametrize(("contract", "name"), found, ids=map(": ".join, found))


# -- theorems -------------------------------------------------------------------------------------


@each_theorem
def test_every_line_of_the_proof_holds_and_every_slip_fails(theorem: Theorem) -> None:
    found = [(checked.step.why, checked.outcome) for checked in theorem.check_proof()]
    assert [line for line in found if line[1] not in (Outcome.CHECKED, Outcome.CITED)] == []
    assert sum(outcome is Outcome.CITED for _, outcome in found) == CITED.get(theorem.id, 0)


@pytest.mark.parametrize(
    "assumption",
    [
        pytest.param(a, id=f"{t.id}: {a.words[:40]}")
        for t in THEOREMS.values()
        for a in t.assumptions
    ],
)
def test_every_assumption_is_needed_or_says_why_nothing_is_known(assumption: Any) -> None:
    if assumption.without is None:
        assert assumption.unknown
    else:
        assert assumption.without() < -0.01


@each_theorem
def test_a_picture_is_of_curves_with_finite_points(theorem: Theorem) -> None:
    if theorem.picture:
        title, axes, series = theorem.picture()
        assert title
        assert all(axes)
        assert all(len(points) > 1 and np.isfinite(points).all() for points in series.values())


# -- problems and oracles -------------------------------------------------------------------------


@each_contract
def test_the_design_has_a_dozen_problems_or_two_all_different(contract: str) -> None:
    design = PAIRINGS[contract].family.design()
    assert len(set(design)) == len(design) >= (24 if contract in FORMULAS else 12)


@pytest.mark.parametrize("contract", FORMULAS)
def test_problems_are_admissible_and_whatever_is_simpler_too(contract: str) -> None:
    family = PAIRINGS[contract].family

    @settings(max_examples=40, deadline=None, database=None)
    @given(family.problems())
    def holds(problem: Any) -> None:
        for p in (problem, *family.simpler(problem)):
            assert np.all(np.isfinite(family.oracle(p).value))

    holds()


@each_contract
def test_shrinking_comes_to_an_end(contract: str) -> None:
    family = PAIRINGS[contract].family
    for problem in family.design():
        steps = 0
        while (plainer := next(family.simpler(problem), None)) is not None:
            problem, steps = plainer, steps + 1
            assert steps < 100


@pytest.mark.parametrize("contract", FORMULAS)
def test_the_oracle_keeps_every_claim_that_binds(contract: str) -> None:
    family = PAIRINGS[contract].family
    for chosen in variants(contract):
        for claim in family.claims:
            if claim.binds_under(chosen):
                for problem in family.design():
                    unit = UNIT_ROUNDOFF["float64"]
                    assert used(family, problem, chosen, claim) <= 16 * unit, (claim.name, problem)


# -- honest code and known errors -----------------------------------------------------------------


@cases("references")
def test_every_reference_is_upheld_and_uses_less_than_a_quarter_of_the_noise(
    contract: str, name: str
) -> None:
    pairing = PAIRINGS[contract]
    result = judged(pairing, pairing.contract.references[name])
    assert result.ruling is Ruling.UPHELD
    if pairing.kind == "formula":
        assert max(v.used or 0.0 for v in result.verdicts) <= 0.25


@each_contract
def test_two_honest_codings_and_eight_errors_or_more_are_known(contract: str) -> None:
    known = PAIRINGS[contract].contract
    assert len(known.references) >= 2
    assert len(known.defects) >= (12 if contract == "nt-xent" else 8)


@cases("defects")
def test_every_known_error_is_condemned_and_named(contract: str, name: str) -> None:
    result = known_error(contract, name)
    assert result.ruling is Ruling.VIOLATED
    assert result.diagnosis is not None
    assert result.diagnosis.name == name
