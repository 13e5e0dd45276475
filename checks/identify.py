"""What does this code compute?  The conventions are searched, nearest first, and a parameter that
lives inside the code is fitted; only a fit to rounding counts, and it is never a verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import combinations, product
from typing import NamedTuple

import numpy as np

from ..implementations.contract import ContractError
from ..implementations.implementation import Implementation
from ..theorems.theorem import Claim, Problem
from .fit import roots, rounded
from .noise import UNIT_ROUNDOFF
from .pairing import Pairing
from .trial import CrashError, Trial
from .verdict import Identification

__all__ = ["Fit", "fits", "handful", "identification", "identify", "on_trial"]

HANDFUL = 6
DEPARTURES = 2
NEAR = 1e-6  # of the largest value: a pair of numbers that misses by more is no candidate
NEARBY = 8  # unit roundoffs of the precision that a number is kept in


class Fit(NamedTuple):
    """A convention, and the parameters settled with it, under which the code fits to rounding."""

    convention: dict[str, str]
    settled: dict[str, float]


def on_trial(
    pairing: Pairing,
    implementation: Implementation,
    fit: Fit,
    *,
    native: str | None = None,
    by_value: bool = False,
) -> Trial:
    return Trial(
        pairing=pairing, implementation=implementation, convention=fit.convention,
        settled=fit.settled, native=native, with_gradient=not by_value,
    )  # fmt: skip


def handful(pairing: Pairing) -> tuple[Problem, ...]:
    """A few probes spread over the design."""
    return _spread(pairing.family.design)


@lru_cache(maxsize=128)  # a family is asked time and again
def _spread(design: Callable[[], tuple[Problem, ...]]) -> tuple[Problem, ...]:
    stored = design()
    return stored[:: max(1, len(stored) // HANDFUL)][:HANDFUL]


def telling(
    pairing: Pairing, implementation: Implementation, convention: Mapping[str, str]
) -> tuple[Claim, ...]:
    """The claims that identify: the value of a formula, all that bind for a model.

    Of a surrogate, whose value binds nobody, it is the usual one's value all the same, lest every
    formula pass for a surrogate that has its gradient; if it was declared one, the gradient.
    """
    claims = pairing.family.claims
    by_name = {claim.name: claim for claim in claims}
    if "value" not in by_name:
        return tuple(claim for claim in claims if claim.binds_under(convention))
    value = by_name["value"]
    if value.binds_under(convention) or not value.only.keys() <= implementation.declared.keys():
        return (value,)
    return (by_name["gradient"],)


def fits(trial: Trial, problems: tuple[Problem, ...]) -> bool:
    """Whether the telling claims hold on every problem; code that cannot be called does not fit."""
    claims = telling(trial.pairing, trial.implementation, trial.convention)
    try:
        for problem in map(trial.posed, problems):
            for claim in claims:
                cut = trial.lacks_gradient(claim, problem)
                if cut and trial.pairing.kind == "model":
                    continue
                if cut or trial.fails(claim, problem):
                    return False
    except (CrashError, ContractError):
        return False
    return True


def identify(
    pairing: Pairing, implementation: Implementation, conventions: Sequence[dict[str, str]],
    together: Sequence[int] = (0, 1, 2),
) -> Fit | None:  # fmt: skip
    """The first of the conventions that fits, with what had to be fitted; None if there is none.

    A parameter that must live inside the code is fitted to each; those that may (`hidden` ones)
    are sought so many `together`: none, then one at a time, then two.
    """
    settled = {name: float(value) for name, value in implementation.fixed.items()}
    inside = [p for p in implementation.lacking if p in pairing.fits and p not in settled]
    required = [p for p in inside if p in pairing.contract.parameters]
    hidden = [p for p in inside if p in pairing.contract.hidden]
    probes = handful(pairing)
    for sought in (chosen for count in together for chosen in combinations(hidden, count)):
        for convention in conventions:
            consumed = pairing.contract.consumed(convention)
            unknown = [name for name in (*required, *sought) if name not in consumed]
            claims = telling(pairing, implementation, convention)
            by_value = not any(claim.of_gradient for claim in claims)
            fit = Fit(convention, settled)
            trial = on_trial(pairing, implementation, fit, by_value=by_value)
            if not _callable(trial, probes[0]):
                continue
            found = _fitted(trial, probes, unknown)
            if found is not None:
                return Fit(convention, found)
    return None


def nearest_first(pairing: Pairing, implementation: Implementation) -> Iterator[dict[str, str]]:
    """Conventions by the number of undeclared axes on which they depart from the canonical one:
    one at a time, then pairs, never the whole product; each in every form of call."""
    contract = pairing.contract
    base = contract.convention(implementation.declared)
    open_axes = [axis for axis in contract.axes if axis.name not in implementation.declared]
    forms = [axis for axis in open_axes if axis.form]
    free = [axis for axis in open_axes if not axis.form and not axis.by_gradient]
    for departures in range(DEPARTURES + 1):
        for chosen in combinations(free, departures):
            for options in product(*(axis.others(base[axis.name]) for axis in chosen)):
                for form in product(*(axis.options for axis in forms)):
                    taken = zip((*chosen, *forms), (*options, *form), strict=True)
                    yield base | {axis.name: option.name for axis, option in taken}


def identification(
    pairing: Pairing, implementation: Implementation, fit: Fit
) -> Identification | None:
    """What was inferred, in words; None if all of it was declared or canonical."""
    base = pairing.contract.convention(implementation.declared)
    departures = {k: v for k, v in fit.convention.items() if base[k] != v}
    parameters = {k: v for k, v in fit.settled.items() if k not in implementation.fixed}
    if not departures and not parameters:
        return None
    phrases = [f"{name} {value:.6g}" for name, value in parameters.items()]
    phrases += [
        f"{k}={v} ({pairing.contract.axis(k).option(v).words})"
        f"{_as_well(pairing, implementation, fit, k)}"
        for k, v in departures.items()
    ]
    sentence = (
        f"behaves as {pairing.contract.title} with {', '.join(phrases)}; "
        "correct if that is what you meant"
    )
    return Identification(
        convention=fit.convention, parameters=parameters, departures=departures, sentence=sentence
    )


def _as_well(pairing: Pairing, implementation: Implementation, fit: Fit, name: str) -> str:
    """The other options of a plural axis under which the code fits just as well."""
    axis, found = pairing.contract.axis(name), []
    for option in axis.options if axis.plural else ():
        other = fit._replace(convention=fit.convention | {name: option.name})
        trial = on_trial(pairing, implementation, other)
        if option.name != fit.convention[name] and _decided(trial, handful(pairing)):
            found.append(option.name)
    return f", and as well with {', '.join(found)}" if found else ""


def _decided(trial: Trial, problems: tuple[Problem, ...]) -> bool:
    """Whether it fits, and some claim was decided."""
    if not fits(trial, problems):
        return False
    claims = filter(trial.applies, trial.pairing.family.claims)
    return any(trial.measured(c, trial.posed(p)) is not None for c in claims for p in problems)


def _callable(trial: Trial, problem: Problem) -> bool:
    try:
        trial.output(trial.posed(problem))
    except (CrashError, ContractError):
        return False
    return True


def _fitted(
    trial: Trial, probes: tuple[Problem, ...], unknown: list[str]
) -> dict[str, float] | None:
    """The settled parameters under which the trial fits: as declared, or with numbers fitted."""
    if not unknown:
        return dict(trial.settled) if fits(trial, probes) else None
    if len(unknown) == 1:
        found = [{unknown[0]: number} for number in candidates(trial, probes, unknown[0])]
    else:
        found = _several(trial, probes, unknown)
    passing: list[tuple[float, dict[str, float]]] = []
    for numbers in found:
        settled = {**trial.settled, **numbers}
        again = Trial(
            pairing=trial.pairing, implementation=trial.implementation,
            convention=trial.convention, settled=settled, with_gradient=trial.with_gradient,
        )  # fmt: skip
        if fits(again, probes):
            precision = again.precision(again.posed(probes[0]))
            if precision == "float64":
                return settled
            passing.append((_used(again, probes), settled))
            near = NEARBY * UNIT_ROUNDOFF[precision]
    if not passing:
        return None
    # A coarse bound lets numbers pass that are nearly the code's: plainer is what rounds to it.
    _, best = min(passing, key=lambda pair: pair[0])
    return next(
        settled for _, settled in passing
        if all(abs(settled[name] - best[name]) <= near * best[name] for name in unknown)
    )  # fmt: skip


def _used(trial: Trial, problems: tuple[Problem, ...]) -> float:
    """The largest share of its noise that a telling claim uses."""
    claims = telling(trial.pairing, trial.implementation, trial.convention)
    found = [trial.measured(claim, trial.posed(p)) for p in problems for claim in claims]
    return max((each.used for each in found if each), default=0.0)


def _several(trial: Trial, probes: tuple[Problem, ...], names: list[str]) -> list[dict[str, float]]:
    """Values of the parameters at which the oracle meets the code on all probes, by least squares
    from the middle of where they are sought, each first to few digits."""
    from scipy.optimize import least_squares

    total = _oracle_total(trial)
    posed = [trial.posed(p) for p in probes]
    try:
        received = np.array([trial.total(p) for p in posed])
    except (CrashError, ContractError):
        return []

    def misses(logarithms: np.ndarray) -> np.ndarray:
        numbers = dict(zip(names, map(float, np.exp(logarithms)), strict=True))
        return np.asarray(np.array([total(p._replace(**numbers)) for p in posed]) - received)

    start = np.log([trial.pairing.fits[name] for name in names]).mean(axis=1)
    if not np.all(np.isfinite(misses(start))) or not np.all(np.isfinite(received)):
        return []
    found = least_squares(misses, start, xtol=1e-15, ftol=1e-15, gtol=1e-15, max_nfev=200)
    if np.max(np.abs(found.fun)) > NEAR * np.max(np.abs(received)):
        return []
    values = [rounded(float(value)) for value in np.exp(found.x)]
    return [dict(zip(names, numbers, strict=True)) for numbers in product(*values)]


def candidates(
    trial: Trial, probes: tuple[Problem, ...], name: str, model: Trial | None = None
) -> list[float]:
    """Values of the parameter `name` at which the oracle (or a `model` that takes it) meets the
    code on the probe that tells them apart best, each first to few digits."""
    total = model.total if model else _oracle_total(trial)
    try:
        return _candidates(trial, tuple(map(trial.posed, probes)), name, total)
    except (CrashError, ContractError):
        return []


def _candidates(
    trial: Trial, probes: tuple[Problem, ...], name: str, ours: Callable[[Problem], float]
) -> list[float]:
    interval = trial.pairing.fits[name]

    def miss(problem: Problem) -> Callable[[float], float]:
        received = trial.total(problem)
        if trial.total(problem._replace(**{name: interval[1]})) == received:
            return lambda number: ours(problem._replace(**{name: number})) - received

        def by_both(number: float) -> float:  # the convention tells the code of it by its inputs
            posed = problem._replace(**{name: number})
            return ours(posed) - trial.total(posed)

        return by_both

    first = roots(miss(probes[0]), interval) or roots(miss(probes[-1]), interval)
    found: list[float] = []
    for root in first:
        slopes = [abs(miss(p)(root * 1.001) - miss(p)(root * 0.999)) for p in probes]
        best = probes[int(np.argmax(slopes))]
        near = roots(miss(best), (root * 0.99, root * 1.01))
        found += rounded(near[0] if near else root)
    return list(dict.fromkeys(found))


def _oracle_total(trial: Trial) -> Callable[[Problem], float]:
    variants = trial.pairing.contract.variants(trial.convention)

    def total(problem: Problem) -> float:
        with np.errstate(all="ignore"):
            return float(np.sum(trial.pairing.family.oracle(problem, **variants).value))

    return total
