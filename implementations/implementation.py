"""A piece of code, accepted under a contract: how it is built, and how parameters reach it."""

from __future__ import annotations

import inspect
import math
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from numbers import Real
from typing import Any

from .contract import NONE, Call, Contract, ContractError, Convention, UnknownName

__all__ = ["Implementation", "accept", "label"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Implementation:
    """A target under a contract.

    `build` makes the callable for given parameters (a class or factory on trial), or returns the
    target.  `routes` says, per canonical parameter, how it reaches the code: ("built", name),
    ("keyword", name) or ("position", ""); a parameter in `lacking` does not reach it at all and
    lives inside.  `declared` are the axes that the user declared, `fixed` the parameter values.
    `memory` keeps what was built and what was learnt of the code (whether it draws).
    """

    name: str
    contract: Contract
    build: Callable[..., Any]
    routes: Mapping[str, tuple[str, str]]
    lacking: tuple[str, ...]
    declared: Convention
    fixed: Mapping[str, float]
    extras: Mapping[str, Any] = field(default_factory=dict)
    key: str | None = None
    memory: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    def instance(self, parameters: Mapping[str, Any], lift: Callable[[Any], Any] | None) -> Any:
        """The callable for these parameters, built once per value and lifted once."""
        given = {
            name: parameters[canonical]
            for canonical, (route, name) in self.routes.items()
            if route == "built" and canonical in parameters
        }
        label = (tuple(sorted(given.items())), lift is not None)
        if label not in self.memory:
            built = self.build(**given)
            self.memory[label] = lift(built) if lift else built
        return self.memory[label]

    def drawing(self) -> dict[str, bool]:
        """What was learnt of whether the code draws random numbers, for its twins."""
        return {"draws": self.memory["draws"]} if "draws" in self.memory else {}

    def invoke(self, call: Call, lift: Callable[[Any], Any] | None = None) -> Any:
        """Call the code with a call that is already in its own convention."""
        target = self.instance(call.parameters, lift)
        routed = {k: (*self.routes[k], v) for k, v in call.parameters.items() if k in self.routes}
        by_position = tuple(v for route, _, v in routed.values() if route == "position")
        by_keyword = {name: v for route, name, v in routed.values() if route == "keyword"}
        theirs = Call(call.inputs + by_position, by_keyword | dict(self.extras))
        try:
            returned = self.contract.invoke(target, theirs)
        except TypeError as error:
            if refusal := self._arity(target, theirs):
                raise refusal from error
            raise
        if self.key is None:
            return returned
        if not isinstance(returned, Mapping) or self.key not in returned:
            raise ContractError(
                f"a dict with the key {self.key!r}",
                f"a dict with keys {', '.join(map(str, returned))}"
                if isinstance(returned, Mapping)
                else type(returned).__name__,
                "name another key, or none",
            )
        return returned[self.key]

    def _arity(self, target: Any, call: Call) -> ContractError | None:
        """The refusal of a callable that cannot take these arguments, if that is why it raised."""
        signature = None if hasattr(target, "fit") else _signature(target)
        try:
            if signature is not None:
                signature.bind(*call.inputs, **call.parameters)
        except TypeError as misfit:
            return ContractError(
                f"a callable: {self.contract.name}{self.contract.signature}",
                f"{self.name}{signature}: {misfit}",
                "give further arguments by extras={...} (--with NAME=VALUE), or wrap it in a "
                "function that takes these",
            )
        return None


def accept(
    target: Any,
    contract: Contract,
    *,
    name: str | None = None,
    convention: Convention = NONE,
    fixed: Mapping[str, float] = NONE,
    map: Mapping[str, str] = NONE,
    extras: Mapping[str, Any] = NONE,
    key: str | None = None,
) -> Implementation:
    """Take `target` under `contract`: an object or function, or a class or factory that builds one.

    `map` gives the code's own names for canonical parameters, `extras` further keyword arguments
    (of the constructor, where there is one).  Raises `ContractError`; `UnknownName` for an axis or
    a parameter that the contract does not have; `ValueError` for a `fixed` value that is no
    positive number.
    """
    known = (*contract.parameters, *contract.hidden)
    for parameter in (*fixed, *map):
        if parameter not in known:
            raise UnknownName(f"parameter of the contract {contract.name!r}", parameter, known)
    _refuse_values(contract, fixed)
    contract.refuse(fixed, contract.convention(convention))
    if not callable(target) and not hasattr(target, "fit"):
        raise ContractError(
            f"a callable: {contract.name}{contract.signature}",
            f"{target!r}, which is a {type(target).__name__}",
            "hand over the function, the loss object, or its class",
        )
    called = name or label(target)
    if _builds(target, map, extras):
        return _on_trial(target, contract, called, convention, fixed, map, extras, key)
    routes = {}
    for parameter in contract.parameters:
        route = _route(target, contract, parameter, map.get(parameter, parameter))
        if route and not (route[0] == "position" and parameter in map):
            routes[parameter] = route
        elif parameter in map:
            raise ContractError(
                f"an argument named {map[parameter]!r}, as map declares",
                f"{called}{_signature(target) or ''}",
                "name one of its arguments, or hand over the class that is built with it",
            )
    routes = _unmixed(target, contract, routes)
    return Implementation(
        name=called, contract=contract, build=lambda: target, routes=routes,
        lacking=tuple(p for p in known if p not in routes),
        declared=_declared(convention, map, routes),
        fixed=dict(fixed), extras=dict(extras), key=key,
    )  # fmt: skip


def _number(value: object) -> float:
    """The value as a float; NaN where it is no number, or cut off from its text."""
    return float(value) if isinstance(value, Real) else math.nan


def _refuse_values(contract: Contract, fixed: Mapping[str, float]) -> None:
    """Parameters are positive numbers.  Raises `ValueError`."""
    for parameter, value in fixed.items():
        if isinstance(value, bool) or not 0 < _number(value) < math.inf:
            raise ValueError(
                f"expected: a positive number for {parameter!r} of {contract.name}\n"
                f"received: {value!r}\n"
                f"remedy:   hand over what the code was built with: fixed={{{parameter!r}: ...}} "
                f"(--fixed {parameter}=...)"
            )


def _on_trial(
    target: Callable[..., Any],
    contract: Contract,
    label: str,
    convention: Convention,
    fixed: Mapping[str, float],
    map: Mapping[str, str],
    extras: Mapping[str, Any],
    key: str | None,
) -> Implementation:
    signature = _signature(target)
    names = list(signature.parameters) if signature else []
    open_ended = signature is None or any(
        p.kind is p.VAR_KEYWORD for p in signature.parameters.values()
    )
    routes = {}
    for parameter in (*contract.parameters, *contract.hidden):
        own = map.get(parameter, parameter)
        if own in names or (parameter in map and open_ended):
            routes[parameter] = ("built", own)
        elif parameter in map or (parameter in contract.parameters and parameter not in fixed):
            raise ContractError(
                f"a constructor argument for the parameter {parameter!r}",
                f"{label}({', '.join(names)})",
                f"name it: map={{{parameter!r}: ...}} (--map {parameter}=NAME in a shell), or "
                "hand over an object built with it",
            )
    if signature and not open_ended:
        given = {*extras, *(own for _, own in routes.values())}
        _refuse_constructor(label, signature, given)
    return Implementation(
        name=label, contract=contract, build=lambda **given: target(**given, **extras),
        routes=routes, lacking=tuple(
            p for p in (*contract.parameters, *contract.hidden) if p not in routes
        ),
        declared=_declared(convention, map, routes), fixed=dict(fixed), key=key,
    )  # fmt: skip


def _refuse_constructor(name: str, signature: inspect.Signature, given: set[str]) -> None:
    try:
        signature.bind(**dict.fromkeys(given))
    except TypeError as misfit:
        raise ContractError(
            f"a constructor that can be called with {', '.join(sorted(given))}",
            f"{name}{signature}: {misfit}",
            "give the others by extras={...} (--with NAME=VALUE), or hand over an object",
        ) from misfit


def _declared(
    convention: Convention, map: Mapping[str, str], routes: Mapping[str, tuple[str, str]]
) -> dict[str, str]:
    """A parameter that is declared by its canonical name is declared on the canonical scale."""
    named = any(p in map or own == p for p, (_, own) in routes.items())
    return ({"scale": "temperature"} if named and "temperature" in routes else {}) | dict(
        convention
    )


def _builds(target: Any, map: Mapping[str, str], extras: Mapping[str, Any]) -> bool:
    """A class; or a function all of whose required arguments are parameters named by the user."""
    if inspect.isclass(target):
        return True
    signature = _signature(target) if inspect.isfunction(target) else None
    if signature is None or not map:
        return False
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    required = {
        p.name
        for p in signature.parameters.values()
        if p.kind in positional and p.default is p.empty
    }
    return required <= {*map.values(), *extras}


def _route(target: Any, contract: Contract, parameter: str, own: str) -> tuple[str, str] | None:
    """By keyword where the code has the name; by position where an argument without a default is
    left over after the inputs; else not at all.  Nothing is guessed from attributes."""
    signature = _signature(target)
    if signature is None:
        return ("position", "")
    if own in signature.parameters:
        return ("keyword", own)
    required = [
        p for p in signature.parameters.values()
        if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) and p.default is p.empty
    ]  # fmt: skip
    after_inputs = len(contract.inputs) + contract.parameters.index(parameter)
    return ("position", "") if len(required) > after_inputs else None


def _unmixed(
    target: Any, contract: Contract, routes: dict[str, tuple[str, str]]
) -> dict[str, tuple[str, str]]:
    """Where some parameters go by keyword, those that would go by position get the names of the
    arguments left over, in their order: a place before a keyword's own is not theirs.  Where none
    is left over, they do not reach the code."""
    signature, placed = _signature(target), [p for p, r in routes.items() if r[0] == "position"]
    if signature is None or len(placed) in (0, len(routes)):
        return routes
    taken = {own for route, own in routes.values() if route == "keyword"}
    arguments = list(signature.parameters.values())[len(contract.inputs) :]
    free = [
        p.name for p in arguments
        if p.kind is p.POSITIONAL_OR_KEYWORD and p.default is p.empty and p.name not in taken
    ]  # fmt: skip
    if not free:
        return {p: route for p, route in routes.items() if route[0] == "keyword"}
    if len(free) != len(placed):
        return routes
    return routes | {p: ("keyword", own) for p, own in zip(placed, free, strict=True)}


def _signature(target: Any) -> inspect.Signature | None:
    return _of_function(target) if inspect.isfunction(target) else _asked(target)


@lru_cache(maxsize=1024)  # every known error is accepted for every piece of code that it may be
def _of_function(function: types.FunctionType) -> inspect.Signature | None:
    return _asked(function)


def _asked(target: Any) -> inspect.Signature | None:
    forward = getattr(target, "forward", None)
    try:
        if forward is not None and not inspect.isclass(target):
            return inspect.signature(forward)
        return inspect.signature(target)
    except (TypeError, ValueError):  # a builtin that does not say
        return None


def label(target: Any) -> str:
    named = getattr(target, "__qualname__", None) or type(target).__qualname__
    return str(named).replace("<locals>.", "")
