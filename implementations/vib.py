"""Variational bottlenecks of two Gaussian vectors: the contract, and the codings that meet it.

The wrong ones are in `vib_defects`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .contract import Axis, Call, Contract, ContractError, Input, Option, plain
from .gaussian_ib import LAGRANGIAN
from .gaussian_mi import CROSS
from .tensors import torch
from .vib_defects import DEFECTS, encoder_at, report
from .vib_training import by_adam, by_iteration, by_lbfgs

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["VIB", "in_closed_form"]


def in_closed_form(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float) -> dict[str, Any]:
    """A scaled eigenvector for each direction; turned, and with noise of other variances, which
    tell nothing."""
    A = encoder_at(cov_x, cov_y, cov_xy, beta)
    sizes = 0.5 + torch.arange(len(A), dtype=A.dtype)
    turn = torch.linalg.qr(torch.ones_like(A) + torch.diag(sizes)).Q
    return report(sizes[:, None] * (turn @ A), torch.diag(sizes**2), cov_x, cov_y, cov_xy)


# -- reading --------------------------------------------------------------------------------------

REQUIRED = ("encoder", "noise", "rate", "distortion", "converged")
KNOWN = (*REQUIRED, "tolerance")
REMEDY = (
    "wrap the code in a function that returns dict(encoder=A, noise=S, rate=..., distortion=..., "
    "converged=...); rate=None and distortion=None where they are only estimated from samples"
)


def read(returned: Any, call: Call) -> dict[str, Any]:
    """Encoder, noise and numbers, each of its shape; complains by `ContractError`."""
    _refuse_keys(returned)
    found = {name: plain(returned[name]) for name in KNOWN if returned.get(name) is not None}
    p = len(call.inputs[0])
    shape = tuple(found["encoder"].shape)
    if len(shape) != 2 or shape[1] != p or not shape[0]:
        turned = "transpose it: " if len(shape) == 2 and shape[0] == p else ""
        raise ContractError(
            f"encoder of shape (k, {p}): z = encoder @ x + noise", f"shape {shape}",
            f"{turned}a row for each unit, a column for each coordinate of x, as torch.nn.Linear "
            "has it",
        )  # fmt: skip
    k = shape[0]
    if (of_noise := tuple(found["noise"].shape)) not in ((), (k,), (k, k)):
        raise ContractError(
            f"noise of shape ({k}, {k}), its covariance, or ({k},), its diagonal",
            f"shape {of_noise}",
            "the noise of a linear encoder is the same for every x: leave out the batch",
        )  # fmt: skip
    for name in ("rate", "distortion", "tolerance"):
        if name in found and tuple(found[name].shape) != ():
            raise ContractError(
                f"one number for the {name}", f"shape {tuple(found[name].shape)}",
                "return the mean over x, in nats, summed over the units",
            )  # fmt: skip
    return found | {"converged": bool(returned["converged"])}


def _refuse_keys(returned: Any) -> None:
    names = list(map(str, returned)) if isinstance(returned, Mapping) else []
    received = f"a dict with keys {', '.join(names)}" if names else type(returned).__name__
    if not set(REQUIRED) <= set(names):
        raise ContractError(f"a dict with the keys {', '.join(REQUIRED)}", received, REMEDY)
    if any(returned[name] is None for name in ("encoder", "noise")):
        raise ContractError("encoder and noise, as numbers", "None", REMEDY)
    if strange := [name for name in names if name not in KNOWN]:
        raise ContractError(
            f"no keys but {', '.join(KNOWN)}", f"also {', '.join(strange)}",
            "leave out what is not asked for, so that no misspelt name is passed over",
        )  # fmt: skip


# -- conventions ----------------------------------------------------------------------------------


def _of_noise(
    name: str, words: str, ours: Callable[[Any], Any], theirs: Callable[[Any], Any]
) -> Option:
    """The noise is told as something else: `ours` makes its covariance of it, or the diagonal."""

    def write(target: Callable[..., Any]) -> Callable[..., Any]:
        def written(*inputs: Any, **named: Any) -> dict[str, Any]:
            fit: dict[str, Any] = target(*inputs, **named)
            return fit | {"noise": theirs(fit["noise"])}

        return written

    return Option(
        name=name, words=words, write=write,
        output=lambda returned, call: returned | {"noise": ours(returned["noise"])},
    )  # fmt: skip


def _squared(noise: Any) -> Any:
    return noise @ noise.T if len(noise.shape) == 2 else noise**2


def _root(noise: Any) -> Any:
    if len(noise.shape) < 2:
        return noise**0.5
    root = torch.linalg.cholesky(torch.as_tensor(noise))
    return root if hasattr(noise, "exp") else root.numpy()


def _exponential(noise: Any) -> Any:
    if len(noise.shape) == 2:
        raise ContractError(
            "logarithms of variances, one per unit", f"shape {tuple(noise.shape)}",
            "return the diagonal, or the covariance and declare noise=covariance",
        )  # fmt: skip
    return noise.exp() if hasattr(noise, "exp") else np.exp(noise)


def _logarithm(noise: Any) -> Any:
    if len(noise.shape) == 2:  # of a diagonal one
        noise = noise.diagonal()
    return noise.log() if hasattr(noise, "log") else np.log(noise)


NOISE = Axis(
    name="noise",
    options=(
        Option(name="covariance", words="the covariance of the noise, or its diagonal"),
        _of_noise(
            "deviation", "standard deviations, or a factor L with the covariance LL'",
            _squared, _root,
        ),
        _of_noise(
            "log-variance", "logarithms of the variances, one per unit", _exponential, _logarithm
        ),
    ),
)  # fmt: skip

LN2 = math.log(2)


def _reported(name: str, words: str, base: float, constant: float) -> Option:
    """Rate and distortion in units of `base` nats, the distortion without `constant` nats for each
    coordinate of y.  It is one axis and not two, as a sum and a factor do not commute."""

    def output(returned: dict[str, Any], call: Call) -> dict[str, Any]:
        q, found = len(call.inputs[1]), dict(returned)
        if "rate" in found:
            found["rate"] = found["rate"] * base
        if "distortion" in found:
            found["distortion"] = found["distortion"] * base + constant * q
        return found

    def write(target: Callable[..., Any]) -> Callable[..., Any]:
        def written(x: Any, y: Any, xy: Any, beta: float) -> dict[str, Any]:
            fit: dict[str, Any] = target(x, y, xy, beta=beta)
            rate, distortion = fit["rate"] / base, (fit["distortion"] - constant * len(y)) / base
            return fit | {"rate": rate, "distortion": distortion}

        return written

    return Option(name=name, words=words, output=output, write=write)


PI = 0.5 * math.log(2 * math.pi)
REPORT = Axis(
    name="report",
    options=(
        Option(name="nats", words="rate and distortion in nats"),
        _reported("nats-no-pi", "in nats, the distortion without half of log 2 pi per coordinate",
                  1.0, PI),
        _reported("bits", "rate and distortion in bits", LN2, 0.0),
        _reported("bits-no-pi", "in bits, the distortion without half of log 2 pi per coordinate",
                  LN2, PI),
    ),
)  # fmt: skip

VIB = Contract(
    name="vib",
    title="a trained variational bottleneck of two jointly Gaussian vectors",
    inputs=(
        Input(name="cov_x", shape="p,p", differentiable=False),
        Input(name="cov_y", shape="q,q", differentiable=False),
        Input(name="cov_xy", shape="p,q", differentiable=False),
    ),
    parameters=("beta",),
    returns="dict of encoder[k,p], noise[k,k] (or its diagonal [k], or one number), rate, "
    "distortion, converged, and optionally tolerance: z ~ N(encoder @ x, noise), k of the code's "
    "choosing; rate is E KL(p(z|x) || r(z)), distortion -E log q(y|z), for the code's own marginal "
    "and decoder, each None where it is only estimated from samples; what is minimised is "
    "rate + beta * distortion; `converged` says that no encoder of any number of units lowers it, "
    "in working precision, or by no more than `tolerance` nats",
    axes=(LAGRANGIAN, CROSS, NOISE, REPORT),
    read=read,
    references={
        "L-BFGS on the log-determinants": by_lbfgs,
        "closed form": in_closed_form,
        "self-consistent equations, in NumPy": by_iteration,
        "Adam in float32, one sample": by_adam,
    },
    ordinary=("Adam in float32, one sample",),
    defects=DEFECTS,
)
