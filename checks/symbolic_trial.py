"""A trial's code against its theorem, by formulas: what is a letter, and what stays as posed.

The tables that the code is handed are letters, and so are its positive parameters where it takes
them as tensors: what is proved then holds for every value of theirs.  Code that wants plain numbers
is proved at the values that were posed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from ..implementations.contract import ContractError, Input
from ..implementations.tensors import torch
from ..theorems.arithmetic import Arithmetic
from ..theorems.theorem import Problem
from .lift import lifting
from .shadowed import AGREES, gap_at
from .symbolic_arithmetic import recognising
from .symbolic_found import Proved, Refuted, Undecided
from .symbolic_twin import prove
from .trial import Trial
from .twins import Lost

__all__ = ["prove_at"]

Found = Proved | Undecided | Refuted


def prove_at(trial: Trial, problem: Problem, *, explained: bool = True) -> Found:
    """Decide value and gradient at the problem's sizes, for every value of the parameters if the
    code lets them be letters, else at the problem's own.

    The problem's own numbers are the point at which branches are decided: they should be in no
    special position, and no two tables equal.  Where it is not proved, the constants that keep it
    from being so are sought, unless that need not be `explained`.
    """
    if names := _positive(trial, problem):
        found = _asked(trial, problem, names, explained=False)
        if isinstance(found, Proved) and not found.error:
            return found
        if isinstance(found, Refuted):  # at other values of the parameters, perhaps
            there = {name: float(found.point[name]) for name in names}
            refuted = _asked(trial, problem._replace(**there), (), explained=explained)
            if isinstance(refuted, Refuted):
                return refuted
    return _asked(trial, problem, (), explained=explained)


def _positive(trial: Trial, problem: Any) -> tuple[str, ...]:
    """The parameters that reach the code, and stand in the problem as positive numbers."""
    given = trial.pairing.pose(problem, trial.convention).parameters
    return tuple(
        name for name, value in given.items()
        if isinstance(value, float) and value > 0 and name in trial.implementation.routes
        and getattr(problem, name, None) == value
    )  # fmt: skip


class _Letter(float):
    """A parameter's value, of which the definition is to make the letter."""

    of: Any


class _Question(NamedTuple):
    """A problem as it is posed, its tables, and the parameters that are letters."""

    trial: Trial
    problem: Any
    posed: Any
    places: tuple[int, ...]
    tables: tuple[np.ndarray, ...]
    names: tuple[str, ...]

    def code(self, tensors: tuple[Any, ...]) -> Any:
        """The code's canonical output, where tables and parameters are these tensors."""
        inputs, count = list(self.posed.inputs), len(self.places)
        for i, tensor in zip(self.places, tensors[:count], strict=True):
            inputs[i] = tensor
        given = dict(zip(self.names, tensors[count:], strict=True))
        return self._brought(tuple(inputs), {**self.posed.parameters, **given})

    def _brought(self, inputs: tuple[Any, ...], parameters: dict[str, Any]) -> Any:
        trial = self.trial
        routes = (trial.implementation.routes[name][0] for name in self.names)
        made = "built" in routes  # here and now, of float64; copying it would lose the letter
        lift = None if made else lifting(trial.implementation.memory)
        return trial.pairing.contract.bring(
            lambda theirs: trial.implementation.invoke(theirs, lift), trial.convention,
            self.posed._replace(inputs=inputs, parameters=parameters),
        )  # fmt: skip

    def definition(self, arithmetic: Arithmetic, entries: tuple[np.ndarray, ...]) -> Any:
        """The oracle's value and gradient, tables and parameters being these letters."""
        count = len(self.places)
        own = replace(
            arithmetic, array=recognising(arithmetic.array, self.tables, entries[:count]),
            number=_recognised(arithmetic.number),
        )  # fmt: skip
        letters = {}
        for name, entry in zip(self.names, entries[count:], strict=True):
            letters[name] = _Letter(getattr(self.problem, name))
            letters[name].of = entry[()]
        variants = self.trial.pairing.contract.variants(self.trial.convention)
        oracle = self.trial.pairing.family.oracle
        truth = oracle(self.problem._replace(**letters), **variants, arithmetic=own)
        return truth.value, truth.gradient


def _recognised(number: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: x.of if isinstance(x, _Letter) else number(x)


def _asked(trial: Trial, problem: Any, names: tuple[str, ...], *, explained: bool) -> Found:
    contract, posed = trial.pairing.contract, trial.pairing.pose(problem, trial.convention)
    posed = posed._replace(inputs=tuple(map(_as_posed, posed.inputs, contract.inputs)))
    places = tuple(i for i, x in enumerate(posed.inputs) if isinstance(x, np.ndarray))
    tables = tuple(np.asarray(posed.inputs[i], float) for i in places)
    asked = _Question(trial, problem, posed, places, tables, names)
    inputs = [contract.inputs[i] for i in places]
    whole = (*tables, *(np.array(posed.parameters[name]) for name in names))
    if names and (why := _apart_at_numbers(trial, problem)):
        return Undecided(sizes="", why=why, seconds=0.0)
    return prove(
        asked.code, whole, asked.definition,
        names=(*(i.name for i in inputs), *names),
        differentiable=(*(i.differentiable for i in inputs), *(False for _ in names)),
        symmetric=(*(i.symmetric for i in inputs), *(False for _ in names)),
        positive=names, beside=_beside(asked), explained=explained,
    )  # fmt: skip


def _as_posed(x: Any, spec: Input) -> Any:
    """What is discrete is no letter: the code gets its numbers, which are exact."""
    if spec.discrete and isinstance(x, np.ndarray):
        return torch.tensor(x, dtype=torch.float64)
    return x


def _apart_at_numbers(trial: Trial, problem: Problem) -> str:
    """Nothing, if the code is the definition where the parameters are the plain numbers posed; else
    why what holds of tensors in their place would say nothing of the code."""
    try:
        apart = max(gap_at(trial, problem).apart)
    except (Lost, ContractError) as lost:
        return str(lost)
    return "" if apart <= AGREES else "at the plain numbers posed the code is not the definition"


def _beside(asked: _Question) -> list[str]:
    """What is no letter."""
    inputs = asked.trial.pairing.contract.inputs
    others = [f"{i.name} as posed" for k, i in enumerate(inputs) if k not in asked.places]
    given = asked.posed.parameters.items()
    values = [f"{k} = {v:g}" for k, v in given if isinstance(v, (int, float))]
    return [*others, *(v for v in values if v.partition(" =")[0] not in asked.names)]
