"""Naming the error: every known defect is tried on the same probes, then an affine fit."""

from __future__ import annotations

import math

import numpy as np

from ..implementations.contract import ContractError, Defect
from ..implementations.implementation import accept
from ..theorems.theorem import Claim, Evaluation, Problem
from .fit import roots, rounded
from .identify import candidates
from .noise import KAPPA, UNIT_ROUNDOFF
from .remembered import remembering
from .trial import CrashError, Trial, measure
from .verdict import Diagnosis

__all__ = ["diagnose", "explained"]

FITS = 2  # in units of the noise bound: both sides round


def diagnose(trial: Trial, probes: tuple[Problem, ...], unknown: str | None) -> Diagnosis | None:
    """The defects that the code agrees with to rounding, equivalents together; else the affine
    relation to the theorem's value; else None.  `unknown` is a parameter inside the code whose
    value nobody declared: it is fitted to each defect."""
    found = []
    for defect in trial.pairing.contract.defects:
        if defect.rounding == (trial.native is not None) and _promised(trial, defect):
            residual = _residual(trial, defect, probes, unknown)
            if residual is not None and residual <= FITS:
                found.append((residual, defect))
    if found:
        return _named(found)
    if (sign := _by_symptoms(trial, probes)) is not None:
        return _named([(0.0, sign)])
    return (
        None if trial.native or trial.pairing.kind == "model" else _affine(trial, probes, unknown)
    )


def _promised(trial: Trial, defect: Defect) -> bool:
    """Whether the code is held to the promises of which the defect falls short."""
    promises = [axis.name for axis in trial.pairing.contract.axes if axis.promise]
    return all(
        trial.convention[name] == option
        for name, option in defect.convention.items() if name in promises
    )  # fmt: skip


def _by_symptoms(trial: Trial, probes: tuple[Problem, ...]) -> Defect | None:
    """The defect that most probes show the signs of: for models that no numbers can tell."""
    outputs = [trial.output(trial.posed(p)) for p in probes]
    seen = [name for output in outputs for name in getattr(output, "symptoms", ())]
    named = {defect.name: defect for defect in trial.pairing.contract.defects}
    return named[max(seen, key=seen.count)] if seen else None


def _named(found: list[tuple[float, Defect]]) -> Diagnosis:
    residual, first = min(found, key=lambda pair: pair[0])
    others = {d.name for _, d in found if d is not first} | set(first.equivalents)
    return Diagnosis(
        name=first.name, why=first.why, changes=first.changes, seen_in=tuple(first.seen_in),
        equivalents=tuple(sorted(others)), residual=residual,
    )  # fmt: skip


def twin(
    trial: Trial, defect: Defect, *, with_gradient: bool = True, remembered: bool = True
) -> Trial:
    """The defect, run as the trial is run, under the same variants; with what it returned to others
    who were compared with it, unless each of them asks something else."""
    contract = trial.pairing.contract
    implementation = accept(defect.call, contract, name=defect.name)
    if remembered or trial.pairing.kind == "model":  # which is trained once, whoever asks
        implementation = remembering(implementation, trial, defect.call, contract.name)
    else:
        implementation.memory.update(trial.implementation.drawing())
    return Trial(
        pairing=trial.pairing, implementation=implementation,
        convention=contract.canonical | contract.variants(trial.convention),
        settled=trial.settled, native=trial.native, with_gradient=with_gradient,
    )  # fmt: skip


def _residual(
    trial: Trial, defect: Defect, probes: tuple[Problem, ...], unknown: str | None
) -> float | None:
    """The largest distance between code and defect, in units of the noise; None if they differ in
    kind (one of them cannot run there)."""
    other = twin(trial, defect, remembered=unknown is None)
    try:
        if unknown is None:
            return _largest(trial, other, [trial.posed(p) for p in probes])
        by_value = twin(trial, defect, with_gradient=False, remembered=False)
        best = [
            _largest(trial, other, [trial.posed(p)._replace(**{unknown: t}) for p in probes])
            for t in candidates(trial, probes, unknown, by_value)
        ]
        return min(best, default=None)
    except (CrashError, ContractError, ValueError, TypeError):
        return None


def _largest(trial: Trial, other: Trial, problems: list[Problem]) -> float:
    """The largest distance; the first that is too large to fit ends the search."""
    worst = 0.0
    for problem in problems:
        worst = max(worst, distance(trial, other, problem))
        if worst > FITS:
            break
    return worst


def distance(trial: Trial, other: Trial, problem: Problem) -> float:
    """How far apart the two are, in units of the noise: in value, and if that fits, in gradient."""
    if trial.pairing.kind == "model":
        apart = _model_distance(other.output(problem), trial.output(problem))
        if apart <= FITS or trial.pairing.recognised == "by its output":
            return apart
        return _distance_in_slacks(trial, other, problem)
    ours, theirs = other.value(problem).value, trial.value(problem).value
    if not np.all(np.isfinite(ours)):
        same = np.array_equal(np.isfinite(ours), np.isfinite(theirs))
        return 0.0 if same else np.inf
    worst = _apart(trial, other.value(problem), trial.value(problem), problem, "value")
    if worst > FITS or not trial.with_gradient or not trial.output(problem).gradient:
        return worst
    apart = _apart(trial, other.output(problem), trial.output(problem), problem, "gradient")
    return max(worst, apart)


def explained(trial: Trial, twin: Trial, claim: Claim, problem: Problem) -> bool:
    """Whether the stabilised coding returns what this code does, here and where it is compared; or
    misses the claim by as much, where another number that a model returns is wrong."""
    if all(distance(trial, twin, p) <= FITS for p in (problem, *claim.related(problem))):
        return True
    if trial.pairing.kind == "formula":
        return False
    ours, theirs = (run.measured(claim, problem) for run in (trial, twin))
    return bool(ours and theirs and abs(ours.slack - theirs.slack) <= FITS * ours.noise)


def _apart(
    trial: Trial, ours: Evaluation, theirs: Evaluation, problem: Problem, name: str
) -> float:
    """The share of the claim's noise that `theirs` would use, were `ours` the truth."""
    claim = next(c for c in trial.pairing.family.claims if c.name == name)
    as_truth = trial.truth(problem)._replace(value=ours.value, gradient=ours.gradient)
    found = measure(claim, problem, as_truth, (theirs,), trial.precision(problem))
    return found.used if found.used == found.used else np.inf


def _distance_in_slacks(trial: Trial, other: Trial, problem: Problem) -> float:
    """The same between two models as their claims see them, which signs and bases do not enter."""
    worst, root = 0.0, math.sqrt(KAPPA[trial.dtype] * UNIT_ROUNDOFF[trial.dtype])
    for claim in filter(trial.applies, trial.pairing.family.claims):
        if worst * root > FITS:
            break
        slacks = []
        for run in (trial, other):
            outputs = run.outputs(claim, problem)
            slacks.append(measure(claim, problem, trial.truth(problem), outputs, trial.dtype))
        if slacks[0].slack == slacks[1].slack:  # both infinite, where a claim says nothing
            continue
        apart = abs(slacks[0].slack - slacks[1].slack) / max(s.noise for s in slacks)
        worst = max(worst, apart if apart == apart else np.inf)
    return worst * root


def _model_distance(ours: tuple[object, ...], theirs: tuple[object, ...]) -> float:
    """The largest relative difference, in units of the square root of the roundoff: a minimiser is
    determined to the root of what its minimum is determined to.  `ours` is a known error's: code
    that does not report what that one does is another."""
    worst = 0.0
    for a, b in zip(ours, theirs, strict=True):
        if b is None and a is not None:
            return math.inf
        if isinstance(a, (float, np.ndarray)) and isinstance(b, (float, np.ndarray)):
            size = max(float(np.max(np.abs(a), initial=0.0)), 1e-300)
            apart = float(np.max(np.abs(np.subtract(a, b)), initial=0.0)) / size
            worst = max(worst, apart if apart == apart else np.inf)
    return worst / math.sqrt(KAPPA["float64"] * UNIT_ROUNDOFF["float64"])


def _affine(trial: Trial, probes: tuple[Problem, ...], unknown: str | None) -> Diagnosis | None:
    """Yours is a x the theorem's + b, with the same a and b on every probe."""
    numbers = _at_constant_ratio(trial, probes, unknown) if unknown else [None]
    for number in numbers:
        posed = [trial.posed(p) for p in probes]
        if unknown and number is not None:
            posed = [p._replace(**{unknown: number}) for p in posed]
        if (found := _affine_relation(trial, posed)) is not None:
            at = f", at {unknown} {number:.6g}" if number is not None else ""
            return found.model_copy(update={"name": found.name + at})
    return None


def _at_constant_ratio(
    trial: Trial, probes: tuple[Problem, ...], unknown: str
) -> list[float | None]:
    """Values of the unknown parameter at which code and theorem have one ratio on two probes."""
    first, second = (trial.posed(p) for p in (probes[0], probes[-1]))
    received = [trial.total(p) for p in (first, second)]

    def ours(problem: Problem, number: float) -> float:
        return float(np.sum(trial.truth(problem._replace(**{unknown: number})).value))

    def miss(number: float) -> float:
        return ours(first, number) * received[1] - ours(second, number) * received[0]

    found = roots(miss, trial.pairing.fits[unknown])
    return [number for root in found for number in rounded(root)]


def _affine_relation(trial: Trial, posed: list[Problem]) -> Diagnosis | None:
    try:
        theirs = np.array([trial.total(p) for p in posed])
        ours = np.array([float(np.sum(trial.truth(p).value)) for p in posed])
    except (CrashError, ContractError):
        return None
    if not np.all(np.isfinite(theirs)) or len(set(ours)) < 3:
        return None
    scale, offset = np.polyfit(ours, theirs, 1)
    for a, b, words in (
        (_plain(scale), 0.0, "yours is {a:.6g} times the theorem's"),
        (1.0, offset, "yours is the theorem's plus {b:.6g}"),
        (scale, offset, "yours is {a:.6g} times the theorem's plus {b:.6g}"),
    ):
        misfit = max(_affine_distance(trial, p, a, b) for p in posed)
        if misfit <= FITS and abs(a) > 1e-9:
            return Diagnosis(
                name=words.format(a=a, b=b), why="an affine relation holds on every probe",
                changes=rf"L \to {a:.6g}\,L + {b:.6g}", seen_in=(), equivalents=(),
                residual=misfit,
            )  # fmt: skip
    return None


def _plain(scale: float) -> float:
    return float(f"{scale:.9g}")


def _affine_distance(trial: Trial, problem: Problem, a: float, b: float) -> float:
    truth = trial.truth(problem)
    (value,) = (c for c in trial.pairing.family.claims if c.name == "value")
    moved = truth._replace(value=np.asarray(a * np.asarray(truth.value) + b / np.size(truth.value)))
    output = trial.output(problem)
    found = measure(value, problem, moved, (Evaluation(output.value),), trial.precision(problem))
    return found.used / max(1.0, abs(a))
