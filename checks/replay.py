"""Running one recorded violation again: that input, and nothing else."""

from __future__ import annotations

from typing import Any

from ..implementations.implementation import accept
from ..theorems.theorem import Claim
from .catalogue import PAIRINGS
from .evidence import evidence, rebuilt
from .ranges import graver
from .trial import Trial
from .verdict import Evidence, Judgement, Strength, Verdict

__all__ = ["replay"]


def replay(target: Any, judgement: Judgement, verdict: Verdict, how: dict[str, Any]) -> Evidence:
    """Measure the claim of `verdict` on its recorded problem, under the recorded convention; `how`
    says how the target was accepted."""
    if verdict.evidence is None:
        raise ValueError(f"the verdict on {verdict.claim!r} recorded no problem")
    pairing = PAIRINGS[judgement.contract]
    problem = rebuilt(pairing.family.problem, verdict.evidence.problem)
    native = verdict.evidence.strength is Strength.NATIVE and pairing.kind == "formula"
    trial = Trial(
        pairing=pairing, implementation=accept(target, pairing.contract, **how),
        convention=judgement.convention, settled={},
        native=verdict.evidence.dtype if native else None,
    )  # fmt: skip
    if verdict.evidence.strength is Strength.SHADOW:
        from .exactness import measured as by_shadow  # which needs torch to be there

        return by_shadow(trial, verdict.claim, problem)
    if verdict.claim == "range":
        found = graver(trial, problem)
        if found is None:
            raise ValueError("the definition is not finite on the recorded problem")
        return evidence(trial, found[0], problem, found[1])
    claim = _named(pairing.family.claims, verdict.claim)
    measured = trial.measured(claim, problem)
    if measured is None:
        raise ValueError("the code no longer says that it converged on the recorded problem")
    return evidence(trial, claim, problem, measured)


def _named(claims: tuple[Claim, ...], name: str) -> Claim:
    return next(claim for claim in claims if claim.name == name)
