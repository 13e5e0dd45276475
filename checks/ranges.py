"""The range verdict: the same code in its native precision, where people use it and just beyond."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import numpy as np

from ..implementations.contract import ContractError
from ..implementations.tensors import torch
from ..theorems.theorem import Claim, Evaluation, Problem
from .evidence import evidence, violation_id
from .execution import Unknown
from .identify import handful
from .shrink import tidied
from .stabilise import LARGEST
from .trial import CrashError, Measured, Trial, measure
from .verdict import Ruling, Strength, Verdict

__all__ = ["graver", "handed", "judge_range"]

RANGE: dict[str, Any] = {
    "claim": "range",
    "tex": r"\text{finite, and within the rounding bound of the definition}",
    "why": "equal in real arithmetic is not enough: the value and the gradient must survive the "
    "precision, temperatures, batch sizes and norms that people use",
    "binds": "always",
}
BISECTIONS = 12


def judge_range(trial: Trial, verdicts: list[Verdict], twin: Trial | None, dtype: str) -> Verdict:
    """One verdict over the family's range probes and a handful of its design."""
    theorem = trial.pairing.theorem.id
    if any(v.claim in ("value", "gradient") and v.ruling is Ruling.VIOLATED for v in verdicts):
        return Verdict(
            id="", theorem=theorem, ruling=Ruling.NOT_APPLICABLE, **RANGE,
            reason="the formula itself is violated; its range has no meaning",
        )  # fmt: skip
    start = perf_counter()
    native = Trial(
        pairing=trial.pairing, implementation=trial.implementation, convention=trial.convention,
        settled=trial.settled, native=_native(trial, dtype),
    )  # fmt: skip
    probes = map(native.posed, (*trial.pairing.family.ranges(), *handful(trial.pairing)))
    problems = [handed(native, problem) for problem in probes]
    worst: tuple[Problem, Claim, Measured] | None = None
    explained = False
    try:
        for problem in problems:
            found = graver(native, problem)
            if found is None:
                continue
            if found[1].damning and twin is not None and _explained(native, twin, problem):
                explained = True
            elif found[1].damning:
                return _violation(native, twin, problem, len(problems), start)
            elif worst is None or found[1].used > worst[2].used:
                worst = (problem, *found)
    except CrashError as crash:
        absent = isinstance(crash.__cause__, NotImplementedError)
        reason = f"the code does not run in {native.native}: {crash.__cause__}"
        return Verdict(
            id="", theorem=theorem, ruling=Ruling.NOT_APPLICABLE if absent else Ruling.CRASHED,
            reason=reason if absent else str(crash), **RANGE,
            problems=len(problems), strength=Strength.NATIVE, dtype=native.native or "",
        )  # fmt: skip
    return Verdict(
        id="", theorem=theorem, ruling=Ruling.STABILISED if explained else Ruling.UPHELD, **RANGE,
        problems=len(problems), executions=native.executions, seconds=perf_counter() - start,
        strength=Strength.NATIVE, dtype=native.dtype, used=worst[2].used if worst else None,
        evidence=evidence(native, worst[1], worst[0], worst[2]) if worst else None,
    )  # fmt: skip


def _native(trial: Trial, dtype: str) -> str:
    """The precision of the code's own parameters where it has any, else the one asked for."""
    target = trial.implementation.instance(
        trial.pairing.pose(trial.posed(handful(trial.pairing)[0]), trial.convention).parameters,
        None,
    )
    own = getattr(target, "parameters", None)
    if callable(own) and hasattr(target, "forward"):
        kinds = {str(p.dtype).removeprefix("torch.") for p in own() if p.is_floating_point()}
        return kinds.pop() if len(kinds) == 1 else dtype
    return dtype


def handed(native: Trial, problem: Problem) -> Problem:
    """The problem as the code receives it, its numbers rounded to the native precision, so that
    code and definition are asked the same thing.  Parameters are handed over as they are."""
    contract = native.pairing.contract
    whole = {*contract.parameters, *contract.hidden, *native.pairing.fits, *native.settled}
    kind = getattr(torch, native.native or "float64")

    def rounded(value: Any) -> Any:
        if isinstance(value, float):
            return float(torch.tensor(value, dtype=kind))
        if hasattr(value, "_fields"):
            return value._replace(**{k: rounded(v) for k, v in value._asdict().items()})
        return tuple(map(rounded, value)) if isinstance(value, tuple) else value

    fields = {k: v if k in whole else rounded(v) for k, v in problem._asdict().items()}
    return problem._replace(**fields)


def graver(native: Trial, problem: Problem) -> tuple[Claim, Measured] | None:
    """The graver of value and gradient, of those that bind; None where the definition itself leaves
    the precision, and where what the code returns is not known."""
    largest = torch.finfo(getattr(torch, native.native or "float64")).max
    try:
        truth = native.truth(problem)
    except np.linalg.LinAlgError:  # what was definite is singular, rounded to the precision
        return None
    if not all(np.all(np.abs(part) <= largest) for part in (truth.value, *truth.gradient)):
        return None
    try:
        output = native.output(problem)
    except Unknown:
        return None
    found = [
        (claim, native.measured(claim, problem))
        for claim in filter(native.applies, native.pairing.family.claims)
        if claim.name == "value" or (claim.name == "gradient" and output.gradient)
    ]
    judged = [(claim, m) for claim, m in found if m is not None]
    return max(judged, key=lambda pair: (pair[1].damning, pair[1].used), default=None)


def _explained(native: Trial, twin: Trial, problem: Problem) -> bool:
    """The stabiliser that was located does it, and to no more than a stabiliser may."""
    exact, truth = twin.output(problem), native.truth(problem)
    value = next(c for c in native.pairing.family.claims if c.name == "value")
    unit = float(value.unit(problem, truth, exact))
    deviation = -value.slack(problem, truth, exact)  # of totals, where the code reduces rows
    if not deviation <= LARGEST * max(unit, 1.0):
        return False
    as_truth: Any = truth._replace(value=exact.value, gradient=exact.gradient)
    output: Evaluation = native.output(problem)
    return not any(
        measure(claim, problem, as_truth, (output,), native.precision(problem)).damning
        for claim in native.pairing.family.claims
        if claim.name == "value" or (claim.name == "gradient" and output.gradient)
    )


def _violation(
    native: Trial, twin: Trial | None, failing: Problem, problems: int, start: float
) -> Verdict:
    def damning(problem: Problem) -> bool:
        posed = handed(native, native.posed(problem))
        try:
            found = graver(native, posed)
            if found is None or not found[1].damning:
                return False
            return twin is None or not _explained(native, twin, posed)
        except (CrashError, ContractError, ArithmeticError):
            return False

    tidy = tidied(failing, damning, native.pairing.family.simpler, attempts=400)
    smallest = handed(native, native.posed(tidy))
    found = graver(native, smallest)
    assert found is not None
    return Verdict(
        id=violation_id(native, "range", smallest), theorem=native.pairing.theorem.id,
        ruling=Ruling.VIOLATED, reason=_threshold(native, smallest, damning), **RANGE,
        problems=problems, executions=native.executions, seconds=perf_counter() - start,
        strength=Strength.NATIVE, dtype=native.dtype, used=found[1].used,
        evidence=evidence(native, found[0], smallest, found[1]),
    )  # fmt: skip


def _threshold(native: Trial, problem: Problem, damning: Any) -> str:
    """Where it breaks: the largest parameter value, on this problem, at which it does."""
    words = f"equal to the definition in real arithmetic, but not in {native.native}"
    for name in native.pairing.fits:
        if name in native.settled or not hasattr(problem, name):
            continue
        low, high = getattr(problem, name), min(1.0, native.pairing.fits[name][1])
        if not low < high or damning(problem._replace(**{name: high})):
            continue
        for _ in range(BISECTIONS):
            middle = (low * high) ** 0.5
            low, high = (
                (middle, high) if damning(problem._replace(**{name: middle})) else (low, middle)
            )
        return f"{words}: it breaks below {name} {low:.3g} on this problem"
    return words
