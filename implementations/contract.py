"""What a piece of code must speak to be held to a theorem: a contract, its axes, its defects.

A `Contract` is a canonical call.  Code written to another convention is brought to it by `Axis`
options: a *gauge* option maps inputs and outputs and no oracle ever hears of it; a *variant* option
is another function, which oracle and claims take as an argument.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Axis", "Call", "Contract", "ContractError", "Convention", "Defect", "Input", "Option"]
__all__ += ["UnknownName", "nearest", "plain", "read_value"]

Convention = Mapping[str, str]  # one option per axis
NONE: Mapping[str, Any] = MappingProxyType({})


class ContractError(TypeError):
    """The code does not speak the contract; no theorem has been consulted."""

    def __init__(self, expected: str, received: str, remedy: str) -> None:
        self.expected, self.received, self.remedy = expected, received, remedy
        super().__init__(f"expected: {expected}\nreceived: {received}\nremedy:   {remedy}")


class UnknownName(LookupError):
    """A name that nothing here answers to; `nearest` ones are offered."""

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        self.known = tuple(known)
        there = f"{_article(what)} {what}, one of {', '.join(self.known)}"
        super().__init__(
            f"expected: {there if self.known else f'no {what}, as there is none'}\n"
            f"received: {name!r}\n"
            f"remedy:   {nearest(name, self.known) if self.known else 'leave it out'}"
        )


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" else "a"


def nearest(name: str, known: Iterable[str], otherwise: str = "see `tightframe list`") -> str:
    """The advice that an unknown name gets: the closest known one, or where to look."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.4)
    return f"did you mean {close[0]!r}?" if close else otherwise


class Call(NamedTuple):
    """One call: positional inputs, and parameters by their canonical names."""

    inputs: tuple[Any, ...]
    parameters: Mapping[str, Any] = NONE


def _same_call(call: Call) -> Call:
    return call


def _same_output(output: Any, call: Call) -> Any:
    return output


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One way to write it.  `call` turns the canonical call into this code's, `output` this code's
    return value (given the canonical call) into the canonical one; both are differentiable.
    `write` goes the other way: it rewrites a canonical callable to this option.  `instead` says
    what it means beside an option of another axis: "scaling=VP" and the like.  What the `call`
    puts into the inputs and takes from the parameters it `consumes`: code need not know of it."""

    name: str
    words: str
    call: Callable[[Call], Call] = _same_call
    output: Callable[[Any, Call], Any] = _same_output
    write: Callable[[Callable[..., Any]], Callable[..., Any]] | None = None
    instead: Mapping[str, Option] = field(default_factory=lambda: NONE)
    consumes: tuple[str, ...] = ()

    def beside(self, convention: Convention) -> Option:
        """What it means under this convention."""
        if not self.instead:
            return self
        found = (self.instead.get(f"{axis}={name}") for axis, name in convention.items())
        return next((option for option in found if option), self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """A choice that correct code is free to make; the first option is canonical.  A choice of
    `form` is how the code is called: it is tried with all others, and counts as no departure.  Of
    a `plural` one several options may be right for one code: all that are get named.  Options of
    a `promise` ask for more than the canonical one: they are declared, and never inferred.  Those
    of one told `by_gradient` have the same values.  One of a `part` concerns that one of several
    numbers that code returns by name, and no other."""

    name: str
    options: tuple[Option, ...]
    variant: bool = False
    form: bool = False
    plural: bool = False
    by_gradient: bool = False
    promise: bool = False
    part: str = ""

    def others(self, name: str) -> tuple[Option, ...]:
        """The options that may be inferred in place of this one."""
        known = self.options[:1] if self.promise else self.options
        return tuple(option for option in known if option.name != name)

    def option(self, name: str) -> Option:
        for option in self.options:
            if option.name == name:
                return option
        raise UnknownName(f"value of the axis {self.name!r}", name, [o.name for o in self.options])


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A positional input: its name, its shape in words, whether a gradient reaches it, whether it
    is a symmetric matrix, whose gradient is then the one along symmetric matrices, whether it is a
    row or table of positive shares, which add to one, and whether its numbers are `discrete`:
    compared for equality, so that another number in their place would be another question."""

    name: str
    shape: str
    differentiable: bool = True
    symmetric: bool = False
    shares: bool = False
    discrete: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """A named wrong formula: used to prove that a check can fail, to diagnose, and to teach.

    `call` is the canonical call, wrong.  `convention` holds the axes (over the canonical ones)
    under which it is wrong; `seen_in` the public places where people made it; `equivalents` the
    names of the defects that no input can tell from it.  A defect of `rounding` is the definition
    in real arithmetic and breaks in working precision: only the range verdict can condemn it.
    """

    name: str
    call: Callable[..., Any]
    why: str
    changes: str
    seen_in: tuple[str, ...] = ()
    convention: Convention = field(default_factory=lambda: NONE)
    equivalents: tuple[str, ...] = ()
    rounding: bool = False


def read_value(returned: Any, call: Call) -> Any:
    """A formula's return value: one tensor, array or number; anything else is refused."""
    if isinstance(returned, Mapping):
        raise ContractError(
            "one tensor", f"a dict with keys {', '.join(map(str, returned))}",
            f"choose one with key={_likeliest(returned)!r} (--key on the command line)",
        )  # fmt: skip
    if hasattr(returned, "shape") or isinstance(returned, (int, float)):
        return returned
    raise ContractError(
        "one tensor, or a number", type(returned).__name__,
        "return the loss itself; wrap the callable in a function that does",
    )  # fmt: skip


def plain(value: Any) -> Any:
    """A tensor without its graph; anything else as an array.  Complains by `ContractError` of what
    holds no numbers."""
    if hasattr(value, "detach"):
        return value.detach()
    try:
        found = np.asarray(value)
    except ValueError as error:  # lists of several lengths
        raise ContractError("one array of numbers", str(error), NUMBERS) from None
    if found.dtype.kind not in "biufc":
        raise ContractError("numbers", f"{type(value).__name__}: {repr(value)[:60]}", NUMBERS)
    return found


NUMBERS = "return numbers, tensors or arrays, and leave out what is none"


def _likeliest(returned: Mapping[Any, Any]) -> str:
    return "loss" if "loss" in returned else str(next(iter(returned), "loss"))


def _no_refusal(fixed: Mapping[str, float], convention: Convention) -> None:
    """Every value of every parameter is admissible beside every other."""


def _invoke(target: Any, call: Call) -> Any:
    return target(*call.inputs, **call.parameters)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """A canonical call, the axes on which code may differ from it, and the errors seen in it.

    `parameters` are the canonical parameters, passed by keyword where the code names them, else by
    position after the inputs; `hidden` maps parameters that the canonical call fixes to their
    canonical values (they live inside the code, and may be declared or fitted; no option looks at
    them).  `read(returned, call)` checks and unpacks what the code returned, and `shapes(call)`
    lists the shapes that the canonical output may have; both complain by `ContractError`.
    `references` are honest codings of the canonical call (those named in `reference_conventions`
    depart from it on the axes told there; the `ordinary` ones are networks that are trained as most
    people train theirs, which a quick `verify` leaves out);
    `stabilised(*inputs, **parameters, **variants, **sizes)` is one with the small constants named
    in `stabilisers`, all zero by default.  `invoke` calls a target that is not called like a
    function (an estimator with `fit`).  `refuse(fixed, convention)` complains by `ContractError` of
    declared parameters that no problem has together.
    """

    name: str
    title: str
    inputs: tuple[Input, ...]
    parameters: tuple[str, ...] = ()
    returns: str
    axes: tuple[Axis, ...] = ()
    hidden: Mapping[str, float] = field(default_factory=lambda: NONE)
    read: Callable[[Any, Call], Any] = read_value
    shapes: Callable[[Call], tuple[tuple[int, ...], ...]] | None = None
    references: Mapping[str, Callable[..., Any]]
    reference_conventions: Mapping[str, Convention] = field(default_factory=lambda: NONE)
    ordinary: tuple[str, ...] = ()
    defects: tuple[Defect, ...]
    stabilised: Callable[..., Any] | None = None
    stabilisers: Mapping[str, str] = field(default_factory=lambda: NONE)
    invoke: Callable[[Any, Call], Any] = _invoke
    refuse: Callable[[Mapping[str, float], Convention], None] = _no_refusal

    @property
    def signature(self) -> str:
        inputs = [f"{i.name}[{i.shape}]" if i.shape else i.name for i in self.inputs]
        arguments = [*inputs, *self.parameters]
        return f"({', '.join(arguments)}) -> {self.returns}"

    def axis(self, name: str) -> Axis:
        for axis in self.axes:
            if axis.name == name:
                return axis
        raise UnknownName(f"axis of the contract {self.name!r}", name, [a.name for a in self.axes])

    @property
    def canonical(self) -> dict[str, str]:
        return {axis.name: axis.options[0].name for axis in self.axes}

    def followed_by(self, reference: str) -> dict[str, str]:
        """The axes on which the named reference departs from the canonical convention."""
        return dict(self.reference_conventions.get(reference, NONE))

    def convention(self, declared: Convention) -> dict[str, str]:
        """The canonical convention with the `declared` axes put in their places.

        Raises `UnknownName`, with the nearest name, for an axis or a value that does not exist.
        """
        for name, value in declared.items():
            self.axis(name).option(value)
        return self.canonical | dict(declared)

    def variants(self, convention: Convention) -> dict[str, str]:
        """The axes of `convention` that oracle and claims must hear of."""
        return {axis.name: convention[axis.name] for axis in self.axes if axis.variant}

    def consumed(self, convention: Convention) -> set[str]:
        """The parameters that reach code of this convention in its inputs."""
        options = (axis.option(convention[axis.name]) for axis in self.axes)
        return {name for option in options for name in option.consumes}

    def written(self, target: Callable[..., Any], convention: Convention) -> Callable[..., Any]:
        """The canonical callable `target`, rewritten to `convention`: variants first."""
        for axis in sorted(self.axes, key=lambda axis: not axis.variant):
            write = axis.option(convention[axis.name]).beside(convention).write
            target = write(target) if write else target
        return target

    def bring(self, invoke: Callable[[Call], Any], convention: Convention, call: Call) -> Any:
        """Hand the canonical `call` to code written to `convention`, and bring back its output."""
        options = [axis.option(convention[axis.name]).beside(convention) for axis in self.axes]
        theirs = call
        for option in options:
            theirs = option.call(theirs)
        returned = self.read(invoke(theirs), call)
        for option in options:
            returned = option.output(returned, call)
        if self.shapes and (shape := tuple(getattr(returned, "shape", ()))) not in self.shapes(
            call
        ):
            raise ContractError(
                f"an output of shape {' or '.join(map(str, self.shapes(call)))}, once brought to "
                f"the canonical call {self.name}{self.signature}",
                f"shape {shape} under the convention "
                f"{', '.join(f'{k}={v}' for k, v in convention.items())}",
                "declare the convention that the code follows, such as reduction=none",
            )
        return returned
