"""The strongest formula verdict: the code's exact twin against the theorem, to 40 digits.

Nothing is calibrated here.  The twin agrees with the definition to 1e-40 or it does not; where it
does not, constants of the code are set aside in the twin, one by one, to see which of them is all
that keeps it from the definition.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from ..implementations.contract import Call, ContractError
from ..implementations.tensors import torch
from ..theorems.arithmetic import FIFTY_DIGITS
from ..theorems.theorem import Problem, Truth
from . import cubature
from .chooser import NotOwnable, TooManyRuns
from .lift import lifting
from .problems import entries
from .rewriting import Rewriting
from .shadow import Constant, Shadow, shadow_mode, without_escapes
from .trial import Trial
from .twins import EXACT as mp
from .twins import Lost, exact

__all__ = [
    "AGREES",
    "SMALL",
    "Edits",
    "Gap",
    "Shadowed",
    "agrees_with",
    "binds",
    "deviation",
    "dyadic",
    "gap_at",
    "located",
    "probes",
    "set_aside",
    "shadowed",
]

AGREES = mp.mpf(10) ** -40
ENTRIES = 40  # numbers in a probe: exact arithmetic is slow
PROBES = 3
SMALL = 1e-3  # the largest constant that may be a stabiliser
SUMS = ("add", "sub", "rsub", "native_batch_norm")  # which adds one to each variance
CLAMPS = ("clamp", "clamp_min", "clamp_max", "maximum", "minimum")


Edits = Mapping[tuple[int, int | str], float]  # constants by their step and place
NONE: Edits = {}


class Shadowed(NamedTuple):
    """The twins of what the code returned, and what the run left behind."""

    value: np.ndarray
    gradient: tuple[np.ndarray, ...]
    shadow: Shadow


class Gap(NamedTuple):
    """What was found on a problem, the theorem's, and how far value and gradient are apart."""

    problem: Problem
    found: Shadowed
    truth: Truth
    apart: tuple[Any, Any]


def probes(trial: Trial) -> tuple[Problem, ...]:
    """Small problems of the design; first those whose parameters are powers of two, so that what
    the code does with them in plain Python (1/temperature, say) is exact."""
    posed = dict.fromkeys(map(trial.posed, trial.pairing.family.design()))
    small = [p for p in posed if entries(p) <= ENTRIES]
    return tuple(sorted(small, key=lambda p: not _all_dyadic(p)))[:PROBES]


def shadowed(
    trial: Trial, problem: Problem, edits: Edits = NONE, calls: Rewriting | None = None
) -> Shadowed:
    """Run the code on the problem under the shadow; code that draws, on all that it may draw, with
    the last run's record.  Raises `Lost`, by name, if a twin is lost."""
    posed = trial.pairing.pose(problem, trial.convention)
    if not trial.implementation.memory.get("draws", True):
        return _once(trial, posed, edits, calls)
    runs: list[Shadowed] = []

    def parts() -> tuple[np.ndarray, ...]:
        runs.append(_once(trial, posed, edits, calls))
        return runs[-1].value, *runs[-1].gradient

    try:
        found = cubature.mean(parts, number=_fraction, apart=AGREES, panels=False)
    except NotOwnable as refusal:
        raise Lost(f"a draw that cannot be replaced: {refusal.received}") from refusal
    except TooManyRuns:
        raise Lost("the draws have too many outcomes to run through them all") from None
    value, *gradient = (np.asarray(part, dtype=object) for part in found.parts)
    return Shadowed(value, tuple(gradient), runs[-1].shadow)


def _fraction(weight: Fraction) -> Any:
    return mp.mpf(weight.numerator) / weight.denominator


def _once(trial: Trial, posed: Call, edits: Edits, calls: Rewriting | None) -> Shadowed:
    """One run, with its twins; its `calls` noted, or done otherwise."""
    contract, shadow = trial.pairing.contract, Shadow(edits=edits)
    leaves = tuple(
        torch.tensor(x, dtype=torch.float64, requires_grad=True) if isinstance(x, np.ndarray) else x
        for x in posed.inputs
    )
    inputs = tuple(x.clone() if isinstance(x, torch.Tensor) else x for x in leaves)
    lift = lifting(trial.implementation.memory)
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        with (
            torch.enable_grad(),
            without_escapes(shadow),
            shadow_mode(shadow),
            calls or nullcontext(),
        ):
            value = contract.bring(
                lambda call: trial.implementation.invoke(call, lift),
                trial.convention,
                posed._replace(inputs=inputs),
            )
            if not isinstance(value, torch.Tensor):
                raise Lost("the output is no tensor")
            wanted = [
                leaf
                for leaf, spec in zip(leaves, contract.inputs, strict=True)
                if spec.differentiable and isinstance(leaf, torch.Tensor)
            ]
            found = _gradient(value, wanted)
    except (Lost, ContractError, NotOwnable):
        raise
    except Exception as error:
        raise Lost(f"the code raised under the shadow: {type(error).__name__}: {error}") from error
    finally:
        torch.set_default_dtype(default)
    zeros = [exact(np.zeros(tuple(leaf.shape))) for leaf in wanted]
    gradient = tuple(z if g is None else shadow.twin(g) for g, z in zip(found, zeros, strict=True))
    return Shadowed(shadow.twin(value), gradient, shadow)


def _gradient(value: Any, wanted: list[Any]) -> tuple[Any, ...]:
    if not value.requires_grad:
        return (None,) * len(wanted)
    return tuple(torch.autograd.grad(value.sum(), wanted, allow_unused=True))


def gap_at(trial: Trial, problem: Problem) -> Gap:
    """Code and theorem, both exactly.  Raises `Lost`."""
    variants = trial.pairing.contract.variants(trial.convention)
    truth = trial.pairing.family.oracle(problem, **variants, arithmetic=FIFTY_DIGITS)
    found = shadowed(trial, problem)
    return Gap(problem, found, truth, deviation(trial, found, truth))


def deviation(trial: Trial, found: Shadowed, truth: Truth) -> tuple[Any, Any]:
    """How far value and gradient are from the theorem's, relative to the largest entry or one; zero
    for the value where it does not bind (a surrogate's)."""
    value = np.asarray(truth.value, dtype=object)
    value = np.asarray(value.sum()) if found.value.ndim == 0 else value
    pairs = zip(truth.gradient, found.gradient, strict=True)
    gradient = max(_apart(a, b) for a, b in pairs)
    return (_apart(value, found.value) if binds(trial, "value") else mp.mpf(0)), gradient


def binds(trial: Trial, name: str) -> bool:
    """Whether the claim of this name is a theorem under the trial's convention."""
    return any(c.name == name and trial.applies(c) for c in trial.pairing.family.claims)


def _apart(ours: np.ndarray, theirs: np.ndarray) -> Any:
    sizes = [abs(x) for x in np.ravel(ours)]
    gaps = [abs(a - b) for a, b in zip(np.ravel(ours), np.ravel(theirs), strict=True)]
    largest = max(gaps, default=mp.mpf(0))
    return mp.inf if mp.isnan(largest) else largest / max([mp.mpf(1), *sizes])


def located(trial: Trial, gap: Gap) -> tuple[Constant, ...]:
    """The small constants whose being set aside, in the twin, is all that it takes to agree with
    the theorem: those of one line, or of the fewest lines that do.  Empty if none do."""
    small = [c for c in gap.found.shadow.constants if _stabilises(c)]
    by_line = {c.line: [d for d in small if d.line == c.line] for c in small}  # a line, run twice
    for group in by_line.values():
        if agrees_with(trial, gap, set_aside(group)):
            return tuple(group)
    if len(by_line) < 2 or not agrees_with(trial, gap, set_aside(small)):
        return ()
    needed = dict(by_line)
    for line in by_line:
        rest = [c for other, group in needed.items() if other != line for c in group]
        if rest and agrees_with(trial, gap, set_aside(rest)):
            del needed[line]
    return tuple(c for group in needed.values() for c in group)


def _stabilises(constant: Constant) -> bool:
    """Something small that is added, or a clamp that stops short of zero or one by a little."""
    short = abs(constant.value - round(constant.value)) if np.isfinite(constant.value) else 0.0
    if not 0 < short <= SMALL:
        return False
    return constant.operation in CLAMPS or (
        constant.operation in SUMS and abs(constant.value) <= SMALL
    )


def set_aside(constants: Iterable[Constant]) -> dict[tuple[int, int | str], float]:
    return {(c.step, c.place): float(round(c.value)) for c in constants}


def agrees_with(trial: Trial, gap: Gap, edits: Edits, calls: Rewriting | None = None) -> bool:
    """Whether the twin is the definition once constants or calls of the run are edited."""
    try:
        found = shadowed(trial, gap.problem, edits, calls)
        return bool(max(deviation(trial, found, gap.truth)) <= AGREES)
    except (Lost, ContractError):
        return False


def _all_dyadic(problem: Problem) -> bool:
    return all(dyadic(x) for x in problem if isinstance(x, float))


def dyadic(x: float) -> bool:
    """A power of two, whose quotients Python does not round."""
    return bool(np.frexp(x)[0] == 0.5)
