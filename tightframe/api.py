"""The front door in Python: judge a piece of code, and look up what is asked and what is true."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any

from .theorems.catalogue import FLOORS, THEOREMS

if TYPE_CHECKING:
    from .checks.pairing import Pairing
    from .implementations.contract import Contract
    from .reports.result import Result
    from .theorems.temperature_reading import Reading
    from .theorems.theorem import Theorem

__all__ = ["check", "contract", "floor", "temperature", "theorem"]


def check(
    target: Any,
    contract: str | Pairing,
    *,
    convention: Mapping[str, str] | None = None,
    fixed: Mapping[str, float] | None = None,
    map: Mapping[str, str] | None = None,
    extras: Mapping[str, Any] | None = None,
    key: str | None = None,
    name: str | None = None,
    accept_inferred: bool = False,
    budget: str = "normal",
    seed: int = 0,
    dtype: str = "float32",
    strength: str = "strongest",
) -> Result:
    """Hold `target` to the theorems that govern `contract`, and say what came of it.

    `target` is a function, an object, or a class or factory: then the parameters that it is built
    with are on trial too, under the names that `map` gives them (`{"temperature": "tau"}`).
    `contract` is a contract's name, or a pairing of your own.  `convention` declares axes, `fixed`
    parameter values that live inside the object; what is not declared is judged as canonical, and
    what is then inferred makes the ruling "identified", which is `ok` only with `accept_inferred`.
    `extras` are further keyword arguments (of the constructor, where there is one), `key` picks a
    value out of a dict.  `budget` is "quick", "normal" or "thorough"; `dtype` the precision of the
    range verdict ("float32", "bfloat16", ...); `strength` is how a formula is run: "shadow" on
    exact twins, "lifted" to float64, "native" in `dtype`, or the "strongest" of the first two that
    works.

    Never raises for what the target does: a target that does not speak the contract is *refused*,
    one that raises has *crashed*.  Raises `LookupError` for an unknown contract, axis, axis value,
    parameter, budget, dtype or strength, with the nearest name; `ValueError` for a `fixed` value
    that is out of range.
    """
    from .checks.catalogue import PAIRINGS
    from .checks.judge import STRENGTHS, hold
    from .checks.noise import PRECISIONS
    from .checks.problems import BUDGETS
    from .implementations.contract import UnknownName
    from .reports.result import Result

    start = perf_counter()
    if isinstance(contract, str) and contract not in PAIRINGS:
        raise UnknownName("contract", contract, PAIRINGS)
    if budget not in BUDGETS:
        raise UnknownName("budget", budget, BUDGETS)
    if dtype not in PRECISIONS:
        raise UnknownName("dtype", dtype, PRECISIONS)
    if strength not in STRENGTHS:
        raise UnknownName("strength", strength, STRENGTHS)
    pairing = PAIRINGS[contract] if isinstance(contract, str) else contract
    _refuse_out_of_range(pairing, fixed or {})
    how: dict[str, Any] = {
        "convention": dict(convention or {}), "fixed": dict(fixed or {}), "map": dict(map or {}),
        "extras": dict(extras or {}), "key": key, "name": name,
    }  # fmt: skip
    judgement = hold(target, pairing, how, budget=budget, seed=seed, dtype=dtype, strength=strength)
    return Result.of(
        judgement, target=address(target), how=how | {"dtype": dtype},
        seconds=perf_counter() - start, seed=seed, budget=budget, accept_inferred=accept_inferred,
    )  # fmt: skip


def _refuse_out_of_range(pairing: Pairing, fixed: Mapping[str, Any]) -> None:
    """What lies beyond anything that people use overflows every correct coding too."""
    for name, value in fixed.items():
        low, high = pairing.fits.get(name, (0.0, float("inf")))
        number = isinstance(value, (int, float)) and value > 0
        if number and not low <= value <= high:
            raise ValueError(
                f"expected: {name!r} between {low:g} and {high:g}\n"
                f"received: {value!r}\n"
                f"remedy:   see whether the code means its inverse or its logarithm "
                f"(tightframe explain {pairing.contract.name})"
            )


def contract(name: str) -> Contract:
    """What is asked: the canonical call, its axes, the known defects.  Raises `LookupError`."""
    from .implementations.catalogue import CONTRACTS
    from .implementations.contract import UnknownName

    if name not in CONTRACTS:
        raise UnknownName("contract", name, CONTRACTS)
    return CONTRACTS[name]


def theorem(id: str) -> Theorem:
    """What is true: statement, assumptions, proof, claims.  Raises `LookupError`."""
    from .implementations.contract import UnknownName

    if id not in THEOREMS:
        raise UnknownName("theorem", id, THEOREMS)
    return THEOREMS[id]


def floor(contract: str, **sizes: Any) -> float:
    """No correct loss is below it: `floor("nt-xent", n=256, temperature=0.1)`.

    Sizes are numbers, or tensors of one.  Raises `LookupError` for a contract without a floor,
    `TypeError` for sizes that it does not take, `ValueError` for sizes out of range.
    """
    from .implementations.contract import UnknownName
    from .theorems.sizes import refuse

    if contract not in FLOORS:
        raise UnknownName("contract with a floor", contract, FLOORS)
    asked = {name: _number(value) for name, value in sizes.items()}
    _refuse_misfit(contract, FLOORS[contract], (), asked)
    refuse(asked)
    return float(FLOORS[contract](**asked))


def _refuse_misfit(
    contract: str, call: Callable[..., Any], given: Sequence[Any], named: Mapping[str, Any]
) -> None:
    """Raises `TypeError` in the words of the contract, and not of a function that nobody called."""
    from inspect import signature

    takes = signature(call)
    try:
        takes.bind(*given, **named)
    except TypeError as error:
        raise TypeError(
            f"expected: {contract} with {', '.join(takes.parameters)}\nreceived: {error}\n"
            f"remedy:   see what it takes (tightframe explain {contract})"
        ) from None


def _number(value: Any) -> Any:
    """What a tensor or array of one holds, such as a temperature that is learned."""
    return value.item() if getattr(value, "shape", None) == () else value


def temperature(
    contract: str, *inputs: Any, temperature: float, rest: bool = True, **convention: str
) -> Reading:
    """Is this temperature too small or too large for this batch: `temperature("nt-xent", z1, z2,
    temperature=0.1)`.

    `inputs` are the contract's own, arrays or tensors [rows, features] (labels [rows]); for CLIP
    the temperature is one over the logit scale.  `convention` names variants:
    `positive_in_denominator="no"`, `direction="both"`, `normalises="yes"`.  The answer holds the
    loss and the mean entropy of its soft-maxes in nats, and, unless `rest` is false, the
    temperature at which the batch's loss is least: where the two meet (theorem `temperature`).  It
    speaks of this batch as it is, and not of what another temperature would have trained.  NT-Xent
    of thousands of pairs is read without a matrix of all of them.

    Raises `LookupError` for a contract without a soft-max over keys, `TypeError` for inputs or a
    convention that it does not take, `ValueError` for rows that have no direction, tables that do
    not match and temperatures that are no positive numbers.
    """
    from .implementations.contract import UnknownName
    from .theorems.temperature_reading import READERS, read

    if contract not in READERS:
        raise UnknownName("contract with a soft-max over keys", contract, READERS)
    tables = [x.detach().cpu().double().numpy() if hasattr(x, "detach") else x for x in inputs]
    reader = READERS[contract]
    _refuse_misfit(contract, reader, tables, convention)
    return read(reader(*tables, **convention), _number(temperature), rest)


def address(target: Any) -> str:
    """module:attribute, where importing that gives the target back; else the empty string."""
    import sys
    from operator import attrgetter

    module, path = getattr(target, "__module__", None), getattr(target, "__qualname__", None)
    if not module or not path or module == "__main__" or "<" in path:
        return ""
    try:
        found = attrgetter(path)(sys.modules[module])
    except (KeyError, AttributeError):
        return ""
    return f"{module}:{path}" if found is target else ""
