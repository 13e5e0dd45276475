"""One implementation under one convention in one precision: what it returned, measured.

Outputs and truths are remembered per problem, so that claims do not rerun the code.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from ..implementations.contract import Call, ContractError, Convention
from ..implementations.implementation import Implementation
from ..implementations.tensors import torch
from ..theorems.theorem import Claim, Evaluation, Output, Problem, Truth
from .lift import lift_mode, lifting
from .noise import KAPPA, UNIT_ROUNDOFF, coarser
from .pairing import Pairing
from .verdict import Strength

__all__ = ["CrashError", "Measured", "Trial", "measure"]

NUDGES = 6
AMPLIFIED = 2.0**40  # noise bounds; an error amplified by more leaves float64 no digits at all


class CrashError(Exception):
    """The code under audit raised, on `problem`; the cause is chained."""

    def __init__(self, cause: BaseException, problem: Problem) -> None:
        self.problem = problem
        super().__init__(f"{type(cause).__name__}: {cause}")


class Measured(NamedTuple):
    """A claim's slack on a problem, and the rounding error allowed for."""

    slack: float
    noise: float

    @property
    def damning(self) -> bool:
        return not self.slack >= -self.noise  # so that NaN is damning

    @property
    def used(self) -> float:
        """The share of the noise bound that was used; above 1 is damning."""
        return -self.slack / self.noise if self.noise else np.inf * (self.slack < 0)


def measure(
    claim: Claim, problem: Problem, truth: Truth, outputs: tuple[Output, ...], dtype: str
) -> Measured:
    with np.errstate(all="ignore"):  # a NaN is a finding here, not a mishap
        slack = float(claim.slack(problem, truth, *outputs))
        unit = float(claim.unit(problem, truth, outputs[0]))
    return Measured(slack, KAPPA[dtype] * UNIT_ROUNDOFF[dtype] * unit)


@dataclass(slots=True, kw_only=True)
class Trial:
    """`native` is None for the lifted run of a formula, else the dtype of its inputs.  `dtype` is
    the coarsest precision in which anything was computed so far, and decides the noise.
    `settled` are parameter values that the problems are restricted to.  Without `with_gradient` a
    formula is evaluated, and not differentiated: enough to identify it."""

    pairing: Pairing
    implementation: Implementation
    convention: Convention
    settled: Mapping[str, float]
    native: str | None = None
    with_gradient: bool = True
    executions: int = 0
    _outputs: dict[Problem, tuple[Output, str]] = field(init=False)
    _values: dict[Problem, tuple[Output, str]] = field(init=False)
    _truths: dict[Problem, Truth] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """What the code returned is remembered with the code, for the next trial of its kind."""
        kind = (self.native, tuple(sorted(self.convention.items())))
        self._outputs = self.implementation.memory.setdefault(("outputs", *kind), {})
        self._values = self.implementation.memory.setdefault(("values", *kind), {})

    @property
    def strength(self) -> Strength:
        coarse = any(dtype != "float64" for _, dtype in self._outputs.values())
        lifted = self.native is None and self.pairing.kind == "formula" and not coarse
        return Strength.LIFTED if lifted else Strength.NATIVE

    @property
    def dtype(self) -> str:
        found = "float64"
        for _, dtype in self._outputs.values():
            found = coarser(found, dtype)
        return found

    def posed(self, problem: Problem) -> Problem:
        """The problem with the settled parameters in their places."""
        return problem._replace(**self.settled) if self.settled else problem

    def truth(self, problem: Problem) -> Truth:
        if problem not in self._truths:
            variants = self.pairing.contract.variants(self.convention)
            with np.errstate(all="ignore"):
                self._truths[problem] = self.pairing.family.oracle(problem, **variants)
        return self._truths[problem]

    def output(self, problem: Problem) -> Output:
        return self._ran(problem)[0]

    def precision(self, problem: Problem) -> str:
        return self._ran(problem)[1]

    def value(self, problem: Problem) -> Output:
        """The output, its gradient left out unless it is there already."""
        if problem in self._outputs:
            return self._outputs[problem][0]
        return self._run(problem, self._values, False)[0]

    def _ran(self, problem: Problem) -> tuple[Output, str]:
        if self.with_gradient or problem in self._outputs:
            return self._run(problem, self._outputs, True)
        return self._run(problem, self._values, False)

    def applies(self, claim: Claim) -> bool:
        return all(self.convention[axis] in options for axis, options in claim.only.items())

    def measured(self, claim: Claim, problem: Problem) -> Measured | None:
        """None where the claim binds at the optimum only, and the output is not there."""
        outputs = [self.output(problem)]
        if claim.binds == "at the optimum" and not outputs[0].converged:
            return None
        compared = self.output if claim.of_gradient else self.value
        outputs += [compared(other) for other in claim.related(problem)]
        return measure(claim, problem, self.truth(problem), tuple(outputs), self.precision(problem))

    def fails(self, claim: Claim, problem: Problem) -> Measured | None:
        """The measurement, if it is damning and no rounding of the code's own explains it."""
        found = self.measured(claim, problem)
        if found is None or not found.damning or self.amplifies(claim, problem, found):
            return None
        return found

    def amplifies(self, claim: Claim, problem: Problem, found: Measured) -> bool:
        """Whether a small deviation is a rounding error that the code amplifies (a cancellation):
        a matter for the range verdict, and not another formula."""
        if self.native or self.pairing.kind == "model" or found.used > AMPLIFIED:
            return False
        return -found.slack <= KAPPA["float64"] * self.rounding(claim, problem)

    def rounding(self, claim: Claim, problem: Problem) -> float:
        """How much the code's own rounding moves the slack: its spread in Monte Carlo arithmetic.
        A wrong formula moves no more than a right one; a cancellation does."""
        compared = self.output if claim.of_gradient else self.value
        others = tuple(compared(other) for other in claim.related(problem))
        slacks = []
        for nudge in range(1, 1 + NUDGES):
            try:
                output, dtype = _formula(self, problem, claim.of_gradient, nudge)
            except Exception:  # noqa: BLE001  a nudged probability may leave [0, 1] and be refused
                continue
            found = measure(claim, problem, self.truth(problem), (output, *others), dtype)
            slacks.append(found.slack)
        return float(np.ptp(slacks)) if slacks else 0.0

    def _run(
        self, problem: Problem, cache: dict[Problem, tuple[Output, str]], with_gradient: bool
    ) -> tuple[Output, str]:
        if problem not in cache:
            self.executions += 1
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    if self.pairing.kind == "model":
                        cache[problem] = _model(self, problem)
                    else:
                        cache[problem] = _formula(self, problem, with_gradient)
                except ContractError:
                    raise
                except (Exception, SystemExit) as error:
                    raise CrashError(error, problem) from error
        return cache[problem]


# -- running a formula ----------------------------------------------------------------------------


def _formula(
    trial: Trial, problem: Problem, with_gradient: bool, nudge: int = 0
) -> tuple[Evaluation, str]:
    posed = trial.pairing.pose(problem, trial.convention)
    dtype = trial.native or "float64"
    mode = None if trial.native else lift_mode(nudge)
    lift = None if trial.native else lifting(trial.implementation.memory)
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32 if trial.native else torch.float64)
    try:
        evaluated = _expected(
            trial, lambda: _evaluate(trial, posed, dtype, mode, lift, with_gradient)
        )
    finally:
        torch.set_default_dtype(default)
    kept = "float64" if trial.native else trial.implementation.memory.get("held", "float64")
    seen = coarser(coarser(mode.coarsest if mode else dtype, kept), _precision(evaluated))
    return _in_float64(evaluated), seen


def _expected(trial: Trial, run: Callable[[], Evaluation]) -> Evaluation:
    """One run; or, where the code draws normal numbers, the exact mean over cubature nodes."""
    from . import cubature  # its operator tables need torch

    memory = trial.implementation.memory
    if "refusal" in memory:
        raise memory["refusal"]
    try:
        if "draws" not in memory:
            memory["draws"] = cubature.draws(run) > 0
        if not memory["draws"]:
            return run()
        runs = []
        for node in cubature.nodes(cubature.record_draws(run, twice=False)):
            with cubature.feed(node):
                runs.append((node.weight, run()))
    except cubature.NotOwnable as refusal:
        # Remembered: code that seeds a generator would seem to leave it alone from now on.
        memory["refusal"] = ContractError(refusal.expected, refusal.received, refusal.remedy)
        raise memory["refusal"] from refusal
    gradients = zip(*(run.gradient for _, run in runs), strict=True)
    weights = [weight for weight, _ in runs]
    return Evaluation(
        np.tensordot(weights, [run.value for _, run in runs], 1),
        tuple(np.tensordot(weights, part, 1) for part in gradients),
    )


def _evaluate(
    trial: Trial,
    posed: Call,
    dtype: str,
    mode: Any,
    lift: Callable[[Any], Any] | None,
    with_gradient: bool,
) -> Evaluation:
    """Value and gradient; the gradient is empty where the code leaves torch or cuts the graph."""
    try:
        return _evaluate_torch(trial, posed, dtype, mode, lift, with_gradient)
    except RuntimeError as error:
        if "numpy()" not in str(error):
            raise
    leaves = _tensors(posed, dtype, requires_grad=False)
    value = trial.pairing.contract.bring(
        lambda call: _unmutated(trial, call, None), trial.convention, posed._replace(inputs=leaves)
    )
    return Evaluation(np.asarray(value), ())


def _evaluate_torch(
    trial: Trial,
    posed: Call,
    dtype: str,
    mode: Any,
    lift: Callable[[Any], Any] | None,
    with_gradient: bool,
) -> Evaluation:
    contract = trial.pairing.contract
    leaves = _tensors(posed, dtype, requires_grad=True)
    inputs = tuple(x.clone() if isinstance(x, torch.Tensor) else x for x in leaves)
    with torch.enable_grad(), mode or _nothing():
        value = contract.bring(
            lambda call: _unmutated(trial, call, lift),
            trial.convention,
            posed._replace(inputs=inputs),
        )
        cut = not isinstance(value, torch.Tensor) or not value.requires_grad
        if cut or not with_gradient:
            return Evaluation(_array(value), ())
        wanted = [
            leaf for leaf, spec in zip(leaves, contract.inputs, strict=True)
            if spec.differentiable and isinstance(leaf, torch.Tensor)  # not a callable of ours
        ]  # fmt: skip
        found = torch.autograd.grad(value.sum(), wanted, allow_unused=True)
    zeros = [
        torch.zeros_like(leaf) if g is None else g for g, leaf in zip(found, wanted, strict=True)
    ]
    return Evaluation(_array(value), tuple(map(_array, zeros)))


def _tensors(posed: Call, dtype: str, *, requires_grad: bool) -> tuple[Any, ...]:
    kind = getattr(torch, dtype)
    return tuple(
        torch.tensor(x, dtype=kind, requires_grad=requires_grad) if isinstance(x, np.ndarray) else x
        for x in posed.inputs
    )


def _unmutated(trial: Trial, call: Call, lift: Callable[[Any], Any] | None) -> Any:
    """What the code returns; refused if it changed what it was handed, by whatever route."""
    handed = [x for x in call.inputs if isinstance(x, (torch.Tensor, np.ndarray))]
    before = [_array(x).copy() for x in handed]
    returned = trial.implementation.invoke(call, lift)
    pairs = zip(before, handed, strict=True)
    if changed := [
        str(i)
        for i, (a, x) in enumerate(pairs, 1)
        if not np.array_equal(a, _array(x), equal_nan=True)
    ]:
        raise ContractError(
            "a callable that leaves its inputs as they are",
            f"{trial.implementation.name}, which changes input {' and '.join(changed)} in place",
            "work on a copy: x = x.clone(), or use the operation without the trailing underscore",
        )
    return returned


def _array(value: Any) -> np.ndarray:
    if isinstance(value, torch.Tensor):
        detached = value.detach()
        bits = detached.float() if detached.dtype is torch.bfloat16 else detached
        return np.array(bits.numpy())
    return np.asarray(value)


def _precision(evaluated: Evaluation) -> str:
    found = "float64"
    for array in (evaluated.value, *evaluated.gradient):
        found = coarser(found, str(array.dtype))
    return found


def _in_float64(evaluated: Evaluation) -> Evaluation:
    return Evaluation(
        np.asarray(evaluated.value, float), tuple(np.asarray(g, float) for g in evaluated.gradient)
    )


class _nothing:
    def __enter__(self) -> None: ...
    def __exit__(self, *_: object) -> None: ...


# -- running a model ------------------------------------------------------------------------------


def _model(trial: Trial, problem: Problem) -> tuple[Output, str]:
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
    return output, dtype


def _arrays(returned: Any) -> list[Any]:
    values = returned.values() if isinstance(returned, Mapping) else vars(returned).values() if (
        hasattr(returned, "__dict__") and not hasattr(returned, "dtype")
    ) else returned if isinstance(returned, tuple) else (returned,)  # fmt: skip
    return [v for v in values if hasattr(v, "dtype")]
