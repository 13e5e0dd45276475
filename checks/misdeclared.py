"""The code is right, and its declaration is not: the convention or the value that would fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, product

from ..implementations.implementation import Implementation
from .identify import DEPARTURES, identify
from .pairing import Pairing
from .verdict import Diagnosis

__all__ = ["misdeclared"]


def misdeclared(pairing: Pairing, implementation: Implementation) -> Diagnosis | None:
    """What should have been declared, if the code is a formula that fits once one declared axis or
    one declared parameter is freed; None if it does not.  A model keeps what binds always under
    many declarations; one says something where its options are named one by one (`plural`)."""
    plural = any(axis.plural for axis in pairing.contract.axes)
    if pairing.kind == "model" and not plural:
        return None
    declared = pairing.contract.convention(implementation.declared)
    redeclared = list(_redeclared(pairing, implementation))
    if (fit := identify(pairing, implementation, redeclared)) is not None:
        return _named({k: (v, fit.convention[k]) for k, v in declared.items()})
    for name in set(implementation.fixed) & set(implementation.lacking) & set(pairing.fits):
        others = {k: v for k, v in implementation.fixed.items() if k != name}
        freed = replace(implementation, fixed=others)
        if (fit := identify(pairing, freed, (declared,))) is not None and name in fit.settled:
            return _named({name: (f"{implementation.fixed[name]:.6g}", f"{fit.settled[name]:.6g}")})
    return None


def _redeclared(pairing: Pairing, implementation: Implementation) -> Iterator[dict[str, str]]:
    """Conventions that depart from the declared one, nearest first, in a declared axis at least."""
    contract = pairing.contract
    declared = contract.convention(implementation.declared)
    for departures in range(1, DEPARTURES + 1):
        for axes in combinations(contract.axes, departures):
            if not {axis.name for axis in axes} & set(implementation.declared):
                continue
            options = [a.others(declared[a.name]) for a in axes]
            for chosen in product(*options):
                yield declared | {a.name: o.name for a, o in zip(axes, chosen, strict=True)}


def _named(changes: dict[str, tuple[str, str]]) -> Diagnosis:
    changed = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
    words = [f"{name} {fits}, where {said} was declared" for name, (said, fits) in changed.items()]
    moves = [f"{name}: {said} → {fits}" for name, (said, fits) in changed.items()]
    return Diagnosis(
        name="; ".join(words), why="the code fits to rounding once this is declared otherwise",
        changes="; ".join(moves), seen_in=(), equivalents=(), residual=1.0,  # a fit: within noise
    )  # fmt: skip
