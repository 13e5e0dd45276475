"""From a piece of code to a judgement: accept, identify, judge each claim, judge the range, name
the error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np

from ..implementations.contract import ContractError, Convention
from ..implementations.implementation import Implementation, accept, label
from ..theorems.theorem import Claim, Problem, Truth
from .diagnose import diagnose, explained
from .evidence import evidence, violation_id
from .execution import TooManyOutcomes, Unknown
from .identify import Fit, handful, identification, on_trial
from .misdeclared import misdeclared
from .pairing import Pairing
from .parts import beside_errors
from .power import detectable
from .problems import problems, require_parameters, run_what_draws, smaller_than
from .ranges import handed, judge_range
from .settle import settle, too_small_to_fit, undeclared
from .shrink import tidied
from .stabilise import stabilised_by
from .state import state_kept
from .trial import CrashError, Measured, Trial
from .verdict import (
    Counts,
    Diagnosis,
    Judgement,
    Ruling,
    ShadowFound,
    StabiliserFound,
    Strength,
    Verdict,
)

__all__ = ["GRAVEST_FIRST", "STRENGTHS", "hold", "judge", "overall"]

BRIEF = 2  # problems after which a brief judgement that condemns looks no further
UNASKED = (
    "there is no Jacobian of a row: the code returns numbers that carry no gradient (no_grad, "
    "detach, NumPy), or mixes rows"
)
STRENGTHS = ("strongest", "shadow", "lifted", "native")
SHRINKING = {"formula": 400, "model": 60}  # trials of the tidy-up
GRAVEST_FIRST = (
    Ruling.CRASHED,
    Ruling.VIOLATED,
    Ruling.REFUSED,
    Ruling.IDENTIFIED,
    Ruling.STABILISED,
    Ruling.UPHELD,
    Ruling.INCONCLUSIVE,
    Ruling.NOT_APPLICABLE,
)


def hold(
    target: Any,
    pairing: Pairing,
    how: Mapping[str, Any],
    *,
    budget: str = "normal",
    seed: int = 0,
    dtype: str = "float32",
    brief: bool = False,
    strength: str = "strongest",
) -> Judgement:
    """Accept `target` as `how` says (the keywords of `accept`) and judge it; refuse it otherwise.

    Raises `UnknownName` for an axis, an axis value or a parameter that the contract lacks.
    """
    try:
        implementation = accept(target, pairing.contract, **how)
    except ContractError as refusal:
        return _stopped(
            pairing, how.get("name") or label(target), how.get("convention") or {},
            how.get("fixed") or {}, Ruling.REFUSED, str(refusal),
        )  # fmt: skip
    return judge(
        pairing, implementation, budget=budget, seed=seed, dtype=dtype, brief=brief,
        strength=strength,
    )  # fmt: skip


def judge(
    pairing: Pairing,
    implementation: Implementation,
    *,
    budget: str = "normal",
    seed: int = 0,
    dtype: str = "float32",
    brief: bool = False,
    strength: str = "strongest",
) -> Judgement:
    """Hold the implementation to every claim of the pairing's theorem.

    `budget` sets how many problems are drawn beside the stored design, and a quick one seeks no
    proof for all inputs; `dtype` is the precision of the range verdict; a `brief` judgement tidies
    up its first counterexample alone, looks little further, and does not say how small an error it
    would have caught.  `strength` is how a formula is run: the strongest way that works, or one of
    `STRENGTHS`.  Global random state, thread count and default dtype are left as they were.
    """
    with state_kept():
        try:
            while True:
                try:
                    return _judge(pairing, implementation, budget, seed, dtype, brief, strength)
                except TooManyOutcomes as many:
                    pairing = smaller_than(pairing, many.problem, many.share)
        except ContractError as refusal:
            ruling, reason = Ruling.REFUSED, str(refusal)
        except CrashError as crash:
            ruling, reason = Ruling.CRASHED, f"{crash}\non the problem {crash.problem!r}"
    return _stopped(
        pairing, implementation.name, implementation.declared, implementation.fixed, ruling, reason
    )


def overall(rulings: list[Ruling]) -> Ruling:
    """The gravest; a subject is inconclusive only if nothing was upheld."""
    return next((ruling for ruling in GRAVEST_FIRST if ruling in rulings), Ruling.NOT_APPLICABLE)


@dataclass(slots=True)
class _Case:
    """One claim under way: what was measured, and the first problem that fails it."""

    claim: Claim
    problems: list[Problem] = field(default_factory=list)
    failing: Problem | None = None
    stabilised: bool = False
    amplified: bool = False
    used: float = 0.0
    worst: tuple[Problem, Measured] | None = None
    refusal: str = ""
    unknown: str = ""  # why it could not be measured on a problem
    excess: float = 0.0  # by how much a claim is missed that does not bind
    seconds: float = 0.0


def _judge(
    pairing: Pairing,
    implementation: Implementation,
    budget: str,
    seed: int,
    dtype: str,
    brief: bool,
    strength: str,
) -> Judgement:
    require_parameters(pairing, implementation)
    declared = Fit(pairing.contract.convention(implementation.declared), {**implementation.fixed})
    run_what_draws(on_trial(pairing, implementation, declared, by_value=True))
    fit, found, reason = settle(pairing, implementation)
    native = dtype if strength == "native" and pairing.kind == "formula" else None
    trial = on_trial(pairing, implementation, fit, native=native)
    twin = stabilised_by(trial, found)
    cases = _visited(trial, twin, budget, seed, brief)
    failing = [(case.claim, case.failing) for case in cases if case.failing is not None]
    if failing and not reason and (other := _told_by_failing(trial, fit, failing, found)):
        found = other
        twin = stabilised_by(trial, found)
        cases = _visited(trial, twin, budget, seed, brief)
    first = next((case for case in cases if case.failing is not None), None)
    verdicts = [_verdict(trial, c, bool(found), brief and c is not first) for c in cases]
    verdicts += [_not_applicable(pairing, c) for c in pairing.family.claims if not trial.applies(c)]
    if pairing.family.ranges():
        verdicts.append(judge_range(trial, verdicts, twin, dtype))
    shadow = None
    if pairing.kind == "formula" and strength in ("strongest", "shadow") and not brief:
        from .exactness import by_shadow, only_by_shadow  # which need torch to be there

        verdicts, found, shadow = by_shadow(trial, verdicts, found, proving=budget != "quick")
        if strength == "shadow":
            verdicts = [only_by_shadow(v, shadow) for v in verdicts]
    return _judgement(pairing, implementation, fit, found, verdicts, reason, shadow)


def _told_by_failing(
    trial: Trial,
    fit: Fit,
    failing: list[tuple[Claim, Problem]],
    found: tuple[StabiliserFound, ...],
) -> tuple[StabiliserFound, ...]:
    """Other stabilisers than those that were `found`, which problems on which a claim fails show:
    two that differ by rounding on the probes may differ there."""
    return too_small_to_fit(trial, fit, failing) or (
        () if found else beside_errors(trial, fit, failing)
    )


def _visited(trial: Trial, twin: Trial | None, budget: str, seed: int, brief: bool) -> list[_Case]:
    """Every claim that applies, measured on every problem."""
    cases = [_Case(claim) for claim in trial.pairing.family.claims if trial.applies(claim)]
    for number, problem in enumerate(problems(trial, budget, seed)):
        if brief and number >= BRIEF and any(case.failing is not None for case in cases):
            break
        for case in cases:
            try:
                _visit(trial, twin, case, problem)
            except Unknown as unknown:
                case.unknown = str(unknown)
    return cases


def _visit(trial: Trial, twin: Trial | None, case: _Case, problem: Problem) -> None:
    if case.failing is not None or case.refusal:
        return
    start = perf_counter()
    cut = trial.lacks_gradient(case.claim, problem)
    if cut and trial.pairing.kind == "model":
        case.unknown = UNASKED
        return
    if cut:
        case.refusal = str(
            ContractError(
                "an output that carries a gradient (requires_grad)",
                "an output cut off from its inputs: .item(), .detach(), no_grad, or NumPy",
                "return the tensor itself",
            )
        )
        return
    found = trial.measured(case.claim, problem)
    if found is None:
        case.excess = max(case.excess, _excess(trial, case.claim, problem))
        decided = case.claim.decided(trial.output(problem))
        case.unknown = case.unknown or getattr(decided, "undecided", "")
    else:
        case.problems.append(problem)
        if found.damning and twin is not None and explained(trial, twin, case.claim, problem):
            case.stabilised = True
        elif found.damning and trial.amplifies(case.claim, problem, found):
            case.amplified = True
        elif found.damning:
            case.failing = problem
        elif case.worst is None or found.used >= case.used:
            case.used, case.worst = max(0.0, found.used), (problem, found)
    case.seconds += perf_counter() - start


def _excess(trial: Trial, claim: Claim, problem: Problem) -> float:
    """By how much the claim would be missed, if the code said that it had converged."""
    return -trial.weighed(claim, problem, trial.outputs(claim, problem)).slack


def _verdict(trial: Trial, case: _Case, stabilised: bool, brief: bool) -> Verdict:
    claim, start = case.claim, perf_counter()
    if case.failing is not None:
        return _violation(trial, case, 0 if brief else SHRINKING[trial.pairing.kind])
    ruling, reason = Ruling.UPHELD, _in_expectation(trial)
    if case.refusal:
        ruling, reason = Ruling.REFUSED, case.refusal
    elif not case.problems:
        ruling = Ruling.INCONCLUSIVE
        reason = (
            case.unknown or f"no convergence was claimed; it would be missed by {case.excess:.3g}"
        )
    elif case.amplified:
        reason = "to the rounding that the code itself amplifies; the range verdict judges that"
    elif case.stabilised or (stabilised and claim.name == "value"):
        ruling = Ruling.STABILISED
    power = detectable(trial, claim, case.problems) if case.problems and not brief else None
    return Verdict(
        id="", theorem=trial.pairing.governing(claim).id, claim=claim.name, tex=claim.tex,
        why=claim.why, binds=claim.binds, ruling=ruling, reason=reason, problems=len(case.problems),
        executions=trial.executions, seconds=case.seconds + perf_counter() - start,
        strength=trial.strength, dtype=trial.dtype,
        used=case.used if case.problems else None, detectable=power,
        evidence=evidence(trial, claim, *case.worst) if case.worst and not brief else None,
    )  # fmt: skip


def _violation(trial: Trial, case: _Case, attempts: int) -> Verdict:
    claim, start = case.claim, perf_counter()

    def damning(problem: Problem) -> bool:
        posed = trial.posed(problem)
        try:
            return _finite(trial.truth(posed)) and trial.fails(claim, posed) is not None
        except (CrashError, ContractError, ArithmeticError, np.linalg.LinAlgError):
            return False

    smallest = trial.posed(
        tidied(case.failing, damning, trial.pairing.family.simpler, attempts=attempts)
    )  # fmt: skip
    found = trial.measured(claim, smallest)
    assert found is not None
    return Verdict(
        id=violation_id(trial, claim.name, smallest), theorem=trial.pairing.governing(claim).id,
        claim=claim.name, tex=claim.tex, why=claim.why, binds=claim.binds, ruling=Ruling.VIOLATED,
        reason=_in_expectation(trial), problems=len(case.problems), executions=trial.executions,
        seconds=case.seconds + perf_counter() - start, strength=trial.strength,
        dtype=trial.dtype, used=found.used, evidence=evidence(trial, claim, smallest, found),
    )  # fmt: skip


def _in_expectation(trial: Trial) -> str:
    draws = trial.implementation.memory.get("draws")
    return "in expectation over all that the code may draw" if draws else ""


def _finite(truth: Truth) -> bool:
    """Whether the theorem says a number there; a model's truth has no one value."""
    parts = (getattr(truth, "value", 0.0), *getattr(truth, "gradient", ()))
    return all(bool(np.all(np.isfinite(part))) for part in parts)


def _not_applicable(pairing: Pairing, claim: Claim) -> Verdict:
    where = " and ".join(f"{axis}={' or '.join(values)}" for axis, values in claim.only.items())
    return Verdict(
        id="", theorem=pairing.governing(claim).id, claim=claim.name, tex=claim.tex, why=claim.why,
        binds=claim.binds, ruling=Ruling.NOT_APPLICABLE, reason=f"a theorem for {where} only",
    )  # fmt: skip


def _judgement(
    pairing: Pairing,
    implementation: Implementation,
    fit: Fit,
    found: tuple[StabiliserFound, ...],
    verdicts: list[Verdict],
    reason: str,
    shadow: ShadowFound | None,
) -> Judgement:
    inferred = None if reason else identification(pairing, implementation, fit)
    rulings = [v.ruling for v in verdicts]
    violated = [v.claim for v in verdicts if v.ruling is Ruling.VIOLATED]
    named = None
    if violated == ["range"]:
        native = on_trial(pairing, implementation, fit, native=verdicts[-1].dtype)
        probes = (handed(native, native.posed(p)) for p in pairing.family.ranges())
        named = diagnose(native, tuple(probes), None)
    elif any(v.strength is not Strength.SHADOW for v in verdicts if v.claim in violated):
        named = _named(pairing, implementation, fit, unknown=bool(reason))
        right = "value" not in violated and any(v.claim == "value" for v in verdicts)
        if named is not None and right and not _known(pairing, named):
            named = None  # it says what the value is, and the value is right
    crashes = [v.reason for v in verdicts if v.ruling is Ruling.CRASHED]
    if inferred is not None:
        rulings.append(Ruling.IDENTIFIED)
    ruling = overall(rulings)
    if reason and ruling in (Ruling.UPHELD, Ruling.STABILISED):
        ruling = Ruling.INCONCLUSIVE  # what no parameter fits keeps nothing that the theorem says
    undecided = (Ruling.INCONCLUSIVE, Ruling.REFUSED, Ruling.CRASHED)
    not_run = sum(v.ruling in undecided for v in verdicts)
    not_applicable = rulings.count(Ruling.NOT_APPLICABLE)
    return Judgement(
        subject=implementation.name, contract=pairing.contract.name, ruling=ruling,
        reason=reason or next(iter(crashes), ""),
        convention=dict(fit.convention), declared=dict(implementation.declared),
        fixed=dict(implementation.fixed), identification=inferred, stabilisers=found,
        diagnosis=named, verdicts=tuple(verdicts), shadow=shadow,
        counts=Counts(
            ran=len(verdicts) - not_applicable - not_run, not_applicable=not_applicable,
            not_run=not_run,
        ),
    )  # fmt: skip


def _named(
    pairing: Pairing, implementation: Implementation, fit: Fit, *, unknown: bool
) -> Diagnosis | None:
    """The known error; else what should have been declared; else an affine relation."""
    trial = on_trial(pairing, implementation, fit)
    sought = undeclared(pairing, implementation, fit.convention) if unknown else None
    found = diagnose(trial, handful(pairing), sought)
    if found is None or not _known(pairing, found):
        return misdeclared(pairing, implementation) or found
    return found


def _known(pairing: Pairing, found: Diagnosis) -> bool:
    return found.name in {defect.name for defect in pairing.contract.defects}


def _stopped(
    pairing: Pairing,
    subject: str,
    declared: Convention,
    fixed: Mapping[str, float],
    ruling: Ruling,
    reason: str,
) -> Judgement:
    contract = pairing.contract
    return Judgement(
        subject=subject, contract=contract.name, ruling=ruling, reason=reason,
        convention=contract.convention(declared), declared=dict(declared), fixed=dict(fixed),
        counts=Counts(ran=0, not_applicable=0, not_run=len(pairing.family.claims)),
    )  # fmt: skip
