"""The problems that the checks draw, for Hypothesis tests of your own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from .checks.pairing import Pairing

__all__ = ["calls", "problems"]


def problems(contract: str) -> SearchStrategy[Any]:
    """The problems of a contract: named tuples, made to shrink.  Raises `LookupError`."""
    return _pairing(contract).family.problems()


def calls(contract: str) -> SearchStrategy[Any]:
    """Canonical calls (`inputs` of NumPy arrays, `parameters`), drawn from those problems."""
    pairing = _pairing(contract)
    convention = pairing.contract.canonical
    return pairing.family.problems().map(lambda problem: pairing.pose(problem, convention))


def _pairing(contract: str) -> Pairing:
    from .checks.catalogue import PAIRINGS
    from .implementations.contract import UnknownName

    if contract not in PAIRINGS:
        raise UnknownName("contract", contract, PAIRINGS)
    return PAIRINGS[contract]
