"""What to judge a piece of code under: as declared where that fits, else as what it behaves as."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ..implementations.contract import ContractError, Convention
from ..implementations.implementation import Implementation
from ..theorems.theorem import Claim, Problem
from .diagnose import explained
from .identify import Fit, candidates, handful, identify, nearest_first, on_trial
from .noise import KAPPA, UNIT_ROUNDOFF
from .pairing import Pairing
from .parts import by_parts
from .stabilise import stabilised_by, stabilisers
from .trial import CrashError, Trial
from .verdict import StabiliserFound

__all__ = ["settle", "too_small_to_fit", "undeclared"]

OUTRIGHT = 1e-2  # a stabiliser's share, at most, of what a gradient misses that should not be there


def settle(
    pairing: Pairing, implementation: Implementation
) -> tuple[Fit, tuple[StabiliserFound, ...], str]:
    """The convention and parameters to judge under, the stabilisers found, and what to say of it.

    In this order: as declared, exactly and then up to a stabiliser; the nearest convention that
    fits, likewise; three hidden parameters together, at most one axis away from what is declared;
    and if nothing fits, as declared, to be found violated.
    """
    contract = pairing.contract
    base = Fit(contract.convention(implementation.declared), dict(implementation.fixed))
    as_declared, *others = nearest_first(pairing, implementation)
    for conventions in ((as_declared,), tuple(others)):
        if (fit := identify(pairing, implementation, conventions)) is not None:
            fit = told_by_gradient(pairing, implementation, fit)
            return told_apart(pairing, implementation, fit), (), ""
        if (up_to := _up_to_a_stabiliser(pairing, implementation, conventions)) is not None:
            fit, found = up_to
            return told_by_gradient(pairing, implementation, fit), found, ""
    near = [c for c in others if sum(c[axis] != as_declared[axis] for axis in c) == 1]
    if (fit := identify(pairing, implementation, (as_declared, *near), together=(3,))) is not None:
        return told_by_gradient(pairing, implementation, fit), (), ""
    if (by_number := by_parts(pairing, implementation)) is not None:
        return *by_number, ""
    return _as_it_stands(pairing, implementation, base)


def told_by_gradient(pairing: Pairing, implementation: Implementation, fit: Fit) -> Fit:
    """The option of each undeclared axis `by_gradient` under which the gradient is right on a few
    probes, up to a stabiliser, where the fit's own is far off; nothing changes if there is none."""
    for axis in pairing.contract.axes:
        if not axis.by_gradient or axis.name in implementation.declared:
            continue
        own = _gradient_missed(pairing, implementation, fit)
        for option in axis.options if 1 < own < math.inf else ():
            other = fit._replace(convention=fit.convention | {axis.name: option.name})
            if _gradient_missed(pairing, implementation, other) <= max(1.0, OUTRIGHT * own):
                fit = other
                break
    return fit


def _gradient_missed(pairing: Pairing, implementation: Implementation, fit: Fit) -> float:
    """By how many times its noise the gradient is missed at most; infinite if there is none."""
    trial, most = on_trial(pairing, implementation, fit), 0.0
    for problem in map(trial.posed, handful(pairing)):
        if not trial.output(problem).gradient:
            return math.inf
        found = trial.measured(_gradient_of(pairing), problem)
        most = max(most, found.used if found else 0.0)
    return most


def _gradient_of(pairing: Pairing) -> Claim:
    return next(claim for claim in pairing.family.claims if claim.name == "gradient")


def told_apart(pairing: Pairing, implementation: Implementation, fit: Fit) -> Fit:
    """The variant that a model follows, where nothing that binds always can tell.

    A model that does not claim the optimum keeps its always-claims under variants that are not its
    own (orthonormal rows are never above the ceiling).  So each is asked on a few probes whether
    the optimum is reached there; it is an answer if one is, and the convention's own is not.  What
    is then judged still claims no optimum.
    """
    if pairing.kind != "model" or _decided(pairing, implementation, fit.convention):
        return fit
    for bold in _other_variants(pairing, implementation, fit.convention):
        if not _decided(pairing, implementation, bold):
            continue
        if _holds(pairing, implementation, fit, bold):
            return fit
        modest = {axis: fit.convention[axis] for axis in bold if bold[axis] != fit.convention[axis]}
        for other in _other_variants(pairing, implementation, bold):
            claimed = all(other[axis] == bold[axis] for axis in modest)
            if claimed and _holds(pairing, implementation, fit, other):
                return fit._replace(convention=other | modest)
    return fit


def _holds(
    pairing: Pairing, implementation: Implementation, fit: Fit, convention: dict[str, str]
) -> bool:
    """Whether every claim is met on a few probes, to half of the digits at least: an optimum is
    flat, so that randomised and iterative algorithms keep no more."""
    trial = on_trial(pairing, implementation, fit._replace(convention=convention))
    for problem in map(trial.posed, handful(pairing)):
        for claim in filter(trial.applies, pairing.family.claims):
            found = trial.measured(claim, problem)
            half = (KAPPA[trial.dtype] * UNIT_ROUNDOFF[trial.dtype]) ** -0.5
            if found is None or not found.used <= half:
                return False
    return True


def _other_variants(
    pairing: Pairing, implementation: Implementation, convention: dict[str, str]
) -> Iterator[dict[str, str]]:
    """The conventions that differ from this one in one undeclared variant."""
    for axis in pairing.contract.axes:
        if axis.variant and axis.name not in implementation.declared:
            for option in axis.others(convention[axis.name]):
                yield convention | {axis.name: option.name}


def _decided(pairing: Pairing, implementation: Implementation, convention: dict[str, str]) -> bool:
    """Whether under this convention every claim binds that a converged model answers for."""
    trial = on_trial(pairing, implementation, Fit(convention, dict(implementation.fixed)))
    problem = trial.posed(handful(pairing)[0])
    try:
        return all(
            trial.measured(claim, problem) is not None
            for claim in pairing.family.claims if trial.applies(claim)
        )  # fmt: skip
    except (CrashError, ContractError):
        return False


def undeclared(
    pairing: Pairing, implementation: Implementation, convention: Convention
) -> str | None:
    """The canonical parameter that lives inside the code undeclared, if there is one."""
    known = pairing.contract.consumed(convention) | set(implementation.fixed)
    inside = [
        p for p in implementation.lacking
        if p in pairing.contract.parameters and p not in known
    ]  # fmt: skip
    return inside[0] if inside else None


def _up_to_a_stabiliser(
    pairing: Pairing,
    implementation: Implementation,
    conventions: tuple[dict[str, str], ...],
) -> tuple[Fit, tuple[StabiliserFound, ...]] | None:
    """A convention, a parameter to few digits if one is unknown, and a stabiliser."""
    if pairing.contract.stabilised is None:
        return None
    probes = handful(pairing)
    for convention in conventions:
        unknown = undeclared(pairing, implementation, convention)
        trial = on_trial(
            pairing, implementation, Fit(convention, dict(implementation.fixed)), by_value=True
        )
        for number in candidates(trial, probes, unknown) if unknown else [None]:
            settled = dict(implementation.fixed) | ({unknown: number} if unknown else {})
            fit = Fit(convention, {k: float(v) for k, v in settled.items() if v is not None})
            found = stabilisers(on_trial(pairing, implementation, fit, by_value=True), probes)
            if found:
                return fit, found
    return None


def too_small_to_fit(
    trial: Trial, fit: Fit, failing: list[tuple[Claim, Problem]]
) -> tuple[StabiliserFound, ...]:
    """The stabilisers of code that is exact on the probes, and on these problems fails a claim:
    none, unless they explain every one of them."""
    problems = dict.fromkeys(q for claim, p in failing for q in (p, *claim.related(p)))
    by_value = on_trial(trial.pairing, trial.implementation, fit, by_value=True)
    found = stabilisers(by_value, handful(trial.pairing), tuple(problems))
    twin = stabilised_by(trial, found)
    if twin and all(explained(trial, twin, claim, p) for claim, p in failing):
        return found
    return ()


def _as_it_stands(
    pairing: Pairing, implementation: Implementation, base: Fit
) -> tuple[Fit, tuple[StabiliserFound, ...], str]:
    """Nothing fits.  Judge the declared convention, or the nearest in which the code runs at all
    (a plural axis stays: its options are other questions); an undeclared parameter is given the
    value that meets the first probe."""
    first = handful(pairing)[:1]
    problem: Exception | None = None
    plural = [axis.name for axis in pairing.contract.axes if axis.plural]
    for convention in nearest_first(pairing, implementation):
        if any(convention[name] != base.convention[name] for name in plural):
            continue
        trial = on_trial(pairing, implementation, base._replace(convention=convention))
        try:
            trial.output(trial.posed(first[0]))
        except (CrashError, ContractError) as error:
            problem = problem or error
            continue
        unknown = undeclared(pairing, implementation, convention)
        if unknown is None:
            return base._replace(convention=convention), (), ""
        number = next(iter(candidates(trial, first, unknown)), 1.0)
        reason = f"no {unknown} fits; judged at {number:.6g}, which meets the first probe"
        return Fit(convention, {**base.settled, unknown: number}), (), reason
    raise problem or AssertionError("no convention was tried")
