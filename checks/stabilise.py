"""Small constants that people add: found by their effect, measured, and exonerated.

A deviation that a constant of at most 1e-4 in a known place explains to rounding is not a wrong
formula; one that no constant explains is, however small.  What the constant does where it outweighs
what it stabilises is the range verdict's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from inspect import signature
from itertools import combinations

import numpy as np

from ..implementations.contract import ContractError
from ..implementations.implementation import accept
from ..theorems.theorem import Problem
from .fit import rounded
from .noise import KAPPA, UNIT_ROUNDOFF
from .remembered import remembering
from .trial import CrashError, Trial
from .verdict import StabiliserFound

__all__ = ["LARGEST", "stabilised_by", "stabilisers"]

LARGEST = 1e-4  # what is called a stabiliser (theory/decision.md, section 2a): no bound on noise
NEAR = 1e-3  # on half of the probes a stabilised formula is at least this near to the definition
STEPS = 8
FIRST = 1e-7  # where the search for a size begins
SEEN = 16.0  # unit roundoffs: if failing problems deviate by less, no constant was added
SHARE = 0.25  # of such a deviation: as much may be left unexplained


def stabilisers(
    trial: Trial, probes: tuple[Problem, ...], failing: tuple[Problem, ...] = ()
) -> tuple[StabiliserFound, ...]:
    """The constants, one or two, that explain every deviation to rounding; none if none do, or the
    code does not run on a probe.

    A constant may be too small for the probes; `failing` are then problems on which a claim fails.
    """
    try:
        return _sought(trial, (*probes, *failing), bool(failing))
    except (CrashError, ContractError):
        return ()


def _sought(
    trial: Trial, probes: tuple[Problem, ...], failing: bool
) -> tuple[StabiliserFound, ...]:
    contract = trial.pairing.contract
    if contract.stabilised is None or not contract.stabilisers:
        return ()
    deviation = _gaps(trial, trial, probes)
    if not np.all(np.isfinite(deviation)) or np.median(np.abs(deviation)) > NEAR:
        return ()
    if np.median([_apart(trial, trial.posed(p)) for p in probes]) > NEAR:
        return ()
    allowed = _allowed(deviation, failing)
    if _explain(trial, probes, {}, deviation, allowed):
        return ()  # nothing deviates: whatever keeps the code from fitting, it is no constant
    gentle = tuple(p for p, d in zip(probes, deviation, strict=True) if abs(d) <= NEAR)
    places = tuple(contract.stabilisers)
    for chosen in [*combinations(places, 1), *combinations(places, 2)]:
        sizes = _solve(trial, gentle, chosen, allowed)
        if sizes is not None and _explain(trial, probes, sizes, deviation, allowed):
            effect = float(np.max(np.abs(deviation)))
            return tuple(
                StabiliserFound(
                    place=place, words=contract.stabilisers[place], size=size, effect=effect
                )
                for place, size in sizes.items()
            )
    return ()


def _allowed(deviation: np.ndarray, failing: bool) -> float:
    """What may be left unexplained of the total: rounding; a total in which a single entry fails
    deviates by less than its bound."""
    bound = 2 * KAPPA["float64"] * UNIT_ROUNDOFF["float64"]
    if not failing:
        return bound
    seen = SEEN * UNIT_ROUNDOFF["float64"]
    return float(min(bound, max(seen, SHARE * np.max(np.abs(deviation)))))


def stabilised_trial(trial: Trial, sizes: Mapping[str, float]) -> Trial:
    """The contract's own coding with these constants, under the trial's variants."""
    pairing, contract = trial.pairing, trial.pairing.contract
    variants = contract.variants(trial.convention)
    assert contract.stabilised is not None
    taken = signature(contract.stabilised).parameters
    inside = {k: trial.settled[k] for k in contract.hidden if k in taken and k in trial.settled}
    coding = partial(contract.stabilised, **variants, **sizes, **inside)
    implementation = accept(coding, contract, name="stabilised")
    if not sizes or set(sizes.values()) <= {FIRST, 0.0}:  # those that everybody is compared with
        named = (variants, sizes, inside)
        which = (contract.stabilised, *(pair for part in named for pair in sorted(part.items())))
        implementation = remembering(implementation, trial, *which)
    else:
        implementation.memory.update(trial.implementation.drawing())
    return Trial(
        pairing=pairing, implementation=implementation,
        convention=contract.canonical | variants, settled=trial.settled, native=trial.native,
        with_gradient=trial.with_gradient,
    )  # fmt: skip


def stabilised_by(trial: Trial, found: tuple[StabiliserFound, ...]) -> Trial | None:
    """The same with the constants that were found, if any were."""
    return stabilised_trial(trial, {s.place: s.size for s in found}) if found else None


def _gaps(trial: Trial, other: Trial, probes: tuple[Problem, ...]) -> np.ndarray:
    """What `other` returns, minus the definition, on each probe, in units of its conditioning: the
    total, as the trial's own output allows."""
    return np.array([_gap(trial, other, trial.posed(p)) for p in probes])


def _apart(trial: Trial, problem: Problem) -> float:
    """The largest difference of an entry, relative to the largest entry or one: a table's unit is
    its worst entry's, and many times what most of them may be off.  Zero for a single number."""
    truth, value = np.asarray(trial.truth(problem).value), np.asarray(trial.output(problem).value)
    if truth.ndim == 0 or value.shape != truth.shape:
        return 0.0
    return float(np.max(np.abs(value - truth)) / max(1.0, float(np.max(np.abs(truth)))))


def _gap(trial: Trial, other: Trial, problem: Problem) -> float:
    """Where the code reduces nothing, entries count unequally: the plain total of probabilities is
    one, whatever is added inside."""
    truth, value = np.asarray(trial.truth(problem).value), np.asarray(other.output(problem).value)
    if np.shape(trial.output(problem).value) != truth.shape or value.shape != truth.shape:
        return float(np.sum(value) - np.sum(truth)) / _unit(trial, problem)
    weights = 1 - np.arange(truth.size) / (2 * truth.size)
    return float(weights @ np.ravel(value - truth)) / _unit(trial, problem)


def _unit(trial: Trial, problem: Problem) -> float:
    """One rounding error of the total: by the claim, or of several numbers that the truth says."""
    value = next((c for c in trial.pairing.family.claims if c.name == "value"), None)
    truth = trial.truth(problem)
    unit = value.unit(problem, truth, truth) if value else truth.unit
    return float(unit) * np.size(truth.value)


def _explain(
    trial: Trial, probes: tuple[Problem, ...], sizes: Mapping[str, float], deviation: np.ndarray,
    allowed: float,
) -> bool:  # fmt: skip
    """Whether the stabilised coding deviates from the definition just as the code does."""
    effect = _gaps(trial, stabilised_trial(trial, sizes), probes)
    return bool(np.max(np.abs(effect - deviation)) <= allowed)


def _solve(
    trial: Trial, probes: tuple[Problem, ...], places: tuple[str, ...], allowed: float
) -> dict[str, float] | None:
    """Newton's iteration for the sizes, by least squares over the probes, then to few digits."""
    deviation = _gaps(trial, trial, probes)

    def effect(sizes: np.ndarray) -> np.ndarray:
        twin = stabilised_trial(trial, dict(zip(places, map(float, sizes), strict=True)))
        return _gaps(trial, twin, probes)

    sizes = np.full(len(places), FIRST)
    for _ in range(STEPS):
        slopes = np.column_stack(
            [effect(sizes * np.where(np.arange(len(places)) == k, 1, 0)) / sizes[k]
             for k in range(len(places))]
        )  # fmt: skip
        if not np.all(np.isfinite(slopes)) or np.all(np.abs(slopes) < 1e-12, axis=0).any():
            return None
        step = np.linalg.lstsq(slopes, deviation - effect(sizes), rcond=None)[0]
        sizes = sizes + step
        if not np.all(sizes > 0) or np.any(sizes > 2 * LARGEST):  # on the way it may overshoot
            return None
        if np.max(np.abs(step) / sizes) < 1e-9:
            break
    for digits in (1, 2, 3, 12):
        plain = np.array([rounded(float(s), (digits,))[0] for s in sizes])
        found = dict(zip(places, map(float, plain), strict=True))
        if np.all(plain <= LARGEST) and _explain(trial, probes, found, deviation, allowed):
            return found
    return None
