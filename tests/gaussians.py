"""What the tests of the variational contracts share."""

from __future__ import annotations

from typing import Any

from tightframe.checks.judge import judge
from tightframe.checks.pairing import Pairing
from tightframe.checks.verdict import Judgement
from tightframe.implementations.implementation import accept
from tightframe.theorems.theorem import Evaluation, Outcome, Theorem


def judged(pairing: Pairing, target: Any, *, budget: str = "quick", **how: Any) -> Judgement:
    return judge(pairing, accept(target, pairing.contract, **how), budget=budget)


def declared(pairing: Pairing, **axes: str) -> dict[str, Any]:
    """Everything declared: the canonical convention but for `axes`, and the hidden parameters."""
    contract = pairing.contract
    return {"convention": contract.convention(axes), "fixed": dict(contract.hidden)}


def unproved(theorem: Theorem) -> list[str]:
    """The lines that did not check: false, undecided, or with a slip that verifies too."""
    return [
        f"{checked.step.why}: {checked.outcome.name}"
        for checked in theorem.check_proof()
        if checked.outcome is not Outcome.CHECKED
    ]


def used(family: Any, problem: Any, variants: dict[str, str], claim: Any) -> float:
    """The share of one rounding unit that the oracle's own answers use of a claim's slack."""
    truth = family.oracle(problem, **variants)
    others = [family.oracle(other, **variants) for other in claim.related(problem)]
    output = Evaluation(truth.value, truth.gradient)
    return -claim.slack(problem, truth, output, *others) / claim.unit(problem, truth, output)
