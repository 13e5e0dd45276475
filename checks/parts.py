"""Code that returns several numbers by name, each a measure of its own: one is wrong, or follows a
convention of its own, whatever the others do.  So each is looked at with the others taken away."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from itertools import product
from typing import Any

from ..implementations.contract import Axis, ContractError
from ..implementations.implementation import Implementation
from ..theorems.theorem import Claim, Problem
from .identify import Fit, fits, handful, on_trial
from .pairing import Pairing
from .stabilise import stabilisers
from .trial import CrashError, Trial
from .verdict import StabiliserFound

__all__ = ["beside_errors", "by_parts"]

GROSS = 1e-6  # of a claim's unit: no constant is as large
Found = tuple[StabiliserFound, ...]


def by_parts(pairing: Pairing, implementation: Implementation) -> tuple[Fit, Found] | None:
    """The convention under which most of the numbers fit, exactly or up to a stabiliser, each by
    the axis that is its own; one that fits nowhere is left to be found wrong.  None where no axis
    is left open, or the code returns no numbers by name."""
    contract = pairing.contract
    own = {axis.part: axis for axis in contract.axes if axis.part}
    free = [axis for axis in contract.axes if axis.name not in implementation.declared]
    base = contract.convention(implementation.declared)
    names = _returned(pairing, implementation, base) if own and free else ()
    codes = {name: _only(implementation, {name}) for name in names}
    best: tuple[int, Fit, Found] | None = None
    shared = [axis for axis in free if not axis.part]
    for options in product(*(axis.options for axis in shared)):
        convention = base | {a.name: o.name for a, o in zip(shared, options, strict=True)}
        right, constants = 0, dict[str, StabiliserFound]()
        for name, code in codes.items():
            found = _fitting(pairing, code, convention, own[name], own[name] in free)
            if found is not None:
                right, convention = right + 1, found[0]
                constants |= {each.place: each for each in found[1]}
        if best is None or right > best[0]:
            fit = Fit(convention, {k: float(v) for k, v in implementation.fixed.items()})
            best = (right, fit, tuple(constants.values()))
    return None if best is None or not best[0] else best[1:]


def _returned(
    pairing: Pairing, implementation: Implementation, convention: dict[str, str]
) -> tuple[str, ...]:
    trial = on_trial(pairing, implementation, Fit(convention, dict(implementation.fixed)))
    try:
        names = getattr(trial.output(trial.posed(handful(pairing)[0])), "reported", ())
    except (CrashError, ContractError):
        return ()
    return tuple(names)


def _fitting(
    pairing: Pairing, code: Implementation, convention: dict[str, str], axis: Axis, free: bool
) -> tuple[dict[str, str], Found] | None:
    """The convention with the option under which this number fits, and the constants in it."""
    tried = [convention | {axis.name: o.name} for o in axis.options] if free else [convention]
    trials = [on_trial(pairing, code, Fit(each, dict(code.fixed))) for each in tried]
    for each, trial in zip(tried, trials, strict=True):
        if fits(trial, handful(pairing)):
            return each, ()
    for each, trial in zip(tried, trials, strict=True):
        if found := stabilisers(trial, handful(pairing)):
            return each, found
    return None


def beside_errors(trial: Trial, fit: Fit, failing: list[tuple[Claim, Problem]]) -> Found:
    """The stabilisers of the numbers that are right but for them, where others, each with a claim
    of its name, are far off."""
    if not any(axis.part for axis in trial.pairing.contract.axes):
        return ()
    found = ((claim, trial.measured(claim, problem)) for claim, problem in failing)
    wrong = {claim.name for claim, miss in found if miss and not miss.slack >= -GROSS}
    output = trial.output(trial.posed(handful(trial.pairing)[0]))
    names = set(getattr(output, "reported", ()))
    if not names & wrong or names <= wrong:
        return ()
    right = _only(trial.implementation, names - wrong)
    return stabilisers(on_trial(trial.pairing, right, fit), handful(trial.pairing))


def _only(implementation: Implementation, names: Collection[str]) -> Implementation:
    """The code, with all but these of what it returns by name taken away."""
    build = implementation.build

    def built(**given: Any) -> Any:
        target = build(**given)

        def some(*inputs: Any, **parameters: Any) -> Any:
            returned = target(*inputs, **parameters)
            if not isinstance(returned, Mapping):
                return returned
            return {name: value for name, value in returned.items() if name in names}

        return some

    return replace(implementation, build=built, memory={})
