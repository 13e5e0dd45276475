"""Running the code on a problem: a formula with its gradient, lifted or native; a model as it is.

Code that draws random numbers is run on all that it may draw; what is returned is the mean.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..implementations.contract import Call, ContractError
from ..implementations.tensors import torch
from ..theorems.theorem import Evaluation, Output, Problem
from .chooser import NotOwnable, TooManyRuns
from .lift import is_short, lift_mode, lifting
from .noise import coarser

if TYPE_CHECKING:
    from .trial import Trial

__all__ = ["Averaged", "Ran", "TooManyOutcomes", "Unknown", "formula", "model"]


class TooManyOutcomes(Exception):
    """On `problem` the code's draws have too many outcomes to run through them all; on one of about
    this `share` of its numbers they would not."""

    def __init__(self, problem: Problem, share: float) -> None:
        self.problem, self.share = problem, share
        super().__init__(repr(problem))


class Unknown(ContractError):
    """What the code returns on a problem, in expectation over its draws, is not known exactly."""


Averaged = tuple[Evaluation, Evaluation] | None
"""Of a mean over draws: how large the runs are, and how far two rules for it are apart."""


class Ran(NamedTuple):
    """What a run left: the output, the coarsest precision in it, what was averaged, and whether the
    code ran `alone`, without the mode that lifts it."""

    output: Output
    dtype: str
    averaged: Averaged = None
    alone: bool = False


# -- running a formula ----------------------------------------------------------------------------


IDLE = 2  # runs in which the lift had nothing to do, after which code in float64 runs alone


def formula(
    trial: Trial, problem: Problem, with_gradient: bool, nudge: int = 0, *, watched: bool = False
) -> Ran:
    """The code run on the problem; lifted, unless the trial is native.

    To watch every operation takes as long as most codes do.  Where nothing had to be lifted so far
    nobody watches, unless it is asked for, or single precision comes out all the same; what would
    be held against the code is `watched` first (`Trial.measured`).
    """
    posed = trial.pairing.pose(problem, trial.convention)
    dtype, memory = trial.native or "float64", trial.implementation.memory
    quiet = memory.get(("idle", with_gradient), 0) >= IDLE
    alone = quiet and not (trial.native or nudge or watched)
    mode = None if trial.native or alone else lift_mode(nudge)
    lift = None if trial.native else lifting(memory)
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32 if trial.native else torch.float64)
    try:

        def run(guarded: bool) -> Evaluation:
            return _evaluate(trial, posed, dtype, mode, lift, with_gradient, guarded)

        evaluated, averaged = _expected(trial, problem, run)
        if mode and mode.drew and not memory["draws"]:
            memory["draws"] = True  # as it did not on the problems before
            evaluated, averaged = _expected(trial, problem, run)
    finally:
        torch.set_default_dtype(default)
    kept = "float64" if trial.native else memory.get("held", "float64")
    seen = coarser(coarser(mode.coarsest if mode else dtype, kept), _precision(evaluated))
    if alone and seen != "float64":
        return formula(trial, problem, with_gradient, watched=True)
    if mode and not nudge:
        idle = seen == "float64" and not mode.lifted and (memory["draws"] or not mode.drew)
        runs = memory.get(("idle", with_gradient), 0)
        memory["idle", with_gradient] = runs + 1 if idle else -math.inf
    return Ran(_in_float64(evaluated), seen, averaged, alone)


def _expected(
    trial: Trial, problem: Problem, run: Callable[[bool], Evaluation]
) -> tuple[Evaluation, Averaged]:
    """One run; or, where the code draws random numbers, the mean over all that it may draw, its
    inputs being guarded in the first run of them."""
    from . import cubature  # its operator tables need torch

    memory = trial.implementation.memory
    if "refusal" in memory:
        raise memory["refusal"]

    first = True

    def parts() -> tuple[np.ndarray, ...]:
        nonlocal first
        evaluated, first = run(first), False
        return evaluated.value, *evaluated.gradient

    if "draws" not in memory:
        try:
            record = cubature.record_draws(parts)
            memory["draws"], memory["chooses"] = record.draws, record.outcomes > 1
        except NotOwnable as refusal:
            # Remembered: code that seeds a generator would seem to leave it alone from now on.
            memory["refusal"] = ContractError(refusal.expected, refusal.received, refusal.remedy)
            raise memory["refusal"] from refusal
        except TooManyRuns as many:
            raise _too_many(trial, problem, many) from many
    if not memory["draws"]:
        return run(True), None
    try:
        found = cubature.mean(parts)
    except NotOwnable as refusal:
        raise Unknown(refusal.expected, refusal.received, refusal.remedy) from refusal
    except TooManyRuns as many:
        raise _too_many(trial, problem, many) from many
    mean, sizes, gaps = (Evaluation(part[0], tuple(part[1:])) for part in found)
    return mean, (sizes, gaps)


def _too_many(trial: Trial, problem: Problem, many: TooManyRuns) -> Exception:
    """Which smaller problems there are is for the lifted run to say."""
    if trial.native:
        return Unknown("few enough runs", "too many, in this precision", "a smaller one")
    return TooManyOutcomes(problem, many.share)


def _evaluate(
    trial: Trial,
    posed: Call,
    dtype: str,
    mode: Any,
    lift: Callable[[Any], Any] | None,
    with_gradient: bool,
    guarded: bool,
) -> Evaluation:
    """Value and gradient; the gradient is empty where the code leaves torch or cuts the graph."""
    run = _unmutated if guarded else _invoked
    try:
        return _evaluate_torch(trial, posed, dtype, mode, lift, with_gradient, run)
    except RuntimeError as error:
        if "numpy()" not in str(error):
            raise
    leaves = _tensors(posed, dtype, requires_grad=False)
    value = trial.pairing.contract.bring(
        lambda call: run(trial, call, None), trial.convention, posed._replace(inputs=leaves)
    )
    return Evaluation(_as_coarse_as_it_is(np.asarray(value)), ())


def _as_coarse_as_it_is(value: np.ndarray) -> np.ndarray:
    """Numbers that single precision holds to their last digit were computed in it, although they
    were handed over as Python's own."""
    with np.errstate(all="ignore"):
        single = value.astype(np.float32)
    long = [v for v in value.ravel().tolist() if isinstance(v, float) and not is_short(v)]
    return single if long and np.array_equal(single, value) else value


def _evaluate_torch(
    trial: Trial,
    posed: Call,
    dtype: str,
    mode: Any,
    lift: Callable[[Any], Any] | None,
    with_gradient: bool,
    run: Callable[[Trial, Call, Callable[[Any], Any] | None], Any],
) -> Evaluation:
    contract = trial.pairing.contract
    with torch._C._DisableTorchDispatch():  # what is handed over is no operation of the code
        leaves = _tensors(posed, dtype, requires_grad=True)
        inputs = tuple(x.clone() if isinstance(x, torch.Tensor) else x for x in leaves)
    with torch.enable_grad(), mode or nullcontext():
        value = contract.bring(
            lambda call: run(trial, call, lift), trial.convention, posed._replace(inputs=inputs)
        )
        cut = not isinstance(value, torch.Tensor) or not value.requires_grad
        found: Sequence[Any] = ()
        wanted = [
            leaf for leaf, spec in zip(leaves, contract.inputs, strict=True)
            if spec.differentiable and isinstance(leaf, torch.Tensor)  # not a callable of ours
        ]  # fmt: skip
        if with_gradient and not cut:
            found = torch.autograd.grad(value.sum(), wanted, allow_unused=True)
    pairs = zip(found, wanted, strict=False)
    zeros = [torch.zeros_like(leaf) if g is None else g for g, leaf in pairs]
    received = _array(value)
    if not isinstance(value, torch.Tensor):
        received = _as_coarse_as_it_is(received)
    return Evaluation(received, tuple(map(_array, zeros)))


def _tensors(posed: Call, dtype: str, *, requires_grad: bool) -> tuple[Any, ...]:
    kind = getattr(torch, dtype)
    return tuple(
        torch.tensor(x, dtype=kind, requires_grad=requires_grad) if isinstance(x, np.ndarray) else x
        for x in posed.inputs
    )


def _invoked(trial: Trial, call: Call, lift: Callable[[Any], Any] | None) -> Any:
    return trial.implementation.invoke(call, lift)


def _unmutated(trial: Trial, call: Call, lift: Callable[[Any], Any] | None) -> Any:
    """What the code returns; refused if it changed what it was handed, by whatever route."""
    handed = [x for x in call.inputs if isinstance(x, (torch.Tensor, np.ndarray))]
    before = _copies(handed)
    returned = trial.implementation.invoke(call, lift)
    pairs = zip(before, _copies(handed), strict=True)
    if changed := [
        str(i)
        for i, (a, b) in enumerate(pairs, 1)
        if a.shape != b.shape or (a.tobytes() != b.tobytes() and not _equal(a, b))
    ]:
        raise ContractError(
            "a callable that leaves its inputs as they are",
            f"{trial.implementation.name}, which changes input {' and '.join(changed)} in place",
            "work on a copy: x = x.clone(), or use the operation without the trailing underscore",
        )
    return returned


def _copies(handed: Sequence[Any]) -> list[np.ndarray]:
    with torch._C._DisableTorchDispatch():  # looking is no operation of the code
        return [_array(x) if isinstance(x, torch.Tensor) else x.copy() for x in handed]


def _equal(a: np.ndarray, b: np.ndarray) -> bool:
    return np.array_equal(a, b, equal_nan=True)  # NaN is what it was, whatever its bits


def _array(value: Any) -> np.ndarray:
    if isinstance(value, torch.Tensor):
        detached = value.detach()
        bits = detached.float() if detached.dtype is torch.bfloat16 else detached
        return np.array(bits.numpy())
    return np.asarray(value)


def _precision(evaluated: Evaluation) -> str:
    found = "float64"
    for array in (evaluated.value, *evaluated.gradient):
        if array.dtype != np.float64:
            found = coarser(found, str(array.dtype))
    return found


def _in_float64(evaluated: Evaluation) -> Evaluation:
    return Evaluation(
        np.asarray(evaluated.value, float), tuple(np.asarray(g, float) for g in evaluated.gradient)
    )


# -- running a model ------------------------------------------------------------------------------


def model(trial: Trial, problem: Problem) -> Ran:
    pairing = trial.pairing
    posed = pairing.pose(problem, trial.convention)
    inputs = _tensors(posed, "float64", requires_grad=False)
    returned = pairing.contract.bring(
        lambda call: _unmutated(trial, call, None), trial.convention, posed._replace(inputs=inputs)
    )
    if pairing.read is None:
        raise TypeError(f"the pairing of the model {pairing.contract.name!r} has no read")
    output = pairing.read(returned, problem, trial.convention)
    dtype = "float64"
    for array in _arrays(returned):
        dtype = coarser(dtype, str(array.dtype).removeprefix("torch."))
    return Ran(output, dtype)


def _arrays(returned: Any) -> list[Any]:
    """Those in a dict, or those that a callable keeps; itself, where it says its precision."""
    if hasattr(returned, "dtype"):
        return [returned]
    kept = returned if isinstance(returned, Mapping) else getattr(returned, "__dict__", {})
    return [v for v in kept.values() if hasattr(v, "dtype")]
