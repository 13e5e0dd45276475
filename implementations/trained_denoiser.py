"""Denoisers that somebody trained: the contract, and three networks that meet it.

A denoiser trained at one level of noise on a few points, whose whole law is known, has one right
answer.  One that predicts the noise or the score takes part as it is, by its convention.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from .autoencoder import in_either_precision
from .contract import Axis, Call, Contract, ContractError, Input, Option
from .denoiser import LEVEL
from .tensors import torch
from .trained_denoiser_defects import DEFECTS
from .trained_denoiser_networks import by_adam, by_attention, by_lbfgs, trained

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["TRAINED_DENOISER", "attention", "tanh_by_adam", "tanh_by_lbfgs"]


def attention(x: Tensor, sigma: float) -> dict[str, Any]:
    """Well specified: the best denoiser is one of these networks."""
    denoiser, converged = trained(by_attention, x, sigma)
    return {"denoiser": denoiser, "converged": converged}


def tanh_by_lbfgs(x: Tensor, sigma: float) -> Any:
    return trained(by_lbfgs, x, sigma)[0]


def tanh_by_adam(x: Tensor, sigma: float) -> Any:
    return trained(by_adam, x, sigma)[0]


# -- calling and reading --------------------------------------------------------------------------

KNOWN = ("denoiser", "converged", "tolerance", "loss", "loss_error")
NUMBERS = ("tolerance", "loss", "loss_error")


def invoke(target: Any, call: Call) -> Any:
    """Trained on float64 rows, or, if its own numbers are float32, on those rounded; what it draws
    from torch's generator is the same each time."""
    x, *others = call.inputs
    with torch.enable_grad(), torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        return in_either_precision(lambda rows: target(rows, *others, **call.parameters), x)


def read(returned: Any, call: Call) -> dict[str, Any]:
    """The denoiser, to be called on a tensor (m, d), and what is said of its training."""
    said = dict(returned) if isinstance(returned, Mapping) else {"denoiser": returned}
    if strange := [str(name) for name in said if name not in KNOWN]:
        raise ContractError(
            f"no keys but {', '.join(KNOWN)}", f"also {', '.join(strange)}",
            "leave out what is not asked for, so that no misspelt name is passed over",
        )  # fmt: skip
    _refuse_what_is_no_function(said.get("denoiser"))
    numbers = {name: _number(name, said[name]) for name in NUMBERS if said.get(name) is not None}
    if "loss" in numbers and "loss_error" not in numbers:
        raise ContractError(
            "a loss_error beside the loss: how far it may be from the expectation",
            "a loss alone",
            "give loss_error=0.0 for an exact one, a bound for one by quadrature, several standard "
            "errors for one from samples; or report no loss",
        )
    code = said["denoiser"]
    found = {"denoise": _checked(code), "code": code, "x": call.inputs[0]}
    return found | {"converged": bool(said.get("converged", False))} | numbers


def _refuse_what_is_no_function(code: Any) -> None:
    remedy = "return the trained network, or dict(denoiser=network, converged=...)"
    if not callable(code):
        shape = getattr(code, "shape", None)
        raise ContractError(
            "a callable y -> x_hat: the trained denoiser itself",
            f"an array of shape {tuple(shape)}" if shape is not None else type(code).__name__,
            remedy,
        )
    try:
        signature = inspect.signature(getattr(code, "forward", code))
    except (TypeError, ValueError):  # a builtin that does not say
        return
    try:
        signature.bind(None)
    except TypeError as misfit:
        raise ContractError(
            "a callable of the noisy rows y alone", f"one of {signature}: {misfit}",
            "bind the others: return lambda y: network(y, sigma)",
        ) from misfit  # fmt: skip


def _number(name: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise ContractError(
            f"{name} as one number", f"{type(value).__name__} of shape {tuple(np.shape(value))}",
            "return the mean over rows of the error summed over features",
        ) from error  # fmt: skip


def _checked(code: Any) -> Callable[[Any], Any]:
    """The denoiser in either precision; refused where it returns another shape."""
    called = partial(in_either_precision, code)

    def denoise(y: Any) -> Any:
        made = called(y)
        if isinstance(made, (tuple, list, Mapping)):
            raise ContractError(
                "x_hat alone", f"a {type(made).__name__} of {len(made)}",
                "return a function that picks the estimate, such as lambda y: network(y)[0]",
            )  # fmt: skip
        if (shape := tuple(getattr(made, "shape", ()))) != tuple(y.shape):
            raise ContractError(
                f"x_hat of shape {tuple(y.shape)}, like y, for any number of rows",
                f"shape {shape}", "return one estimate per row: no squeeze() without an axis",
            )  # fmt: skip
        return made

    return denoise


# -- conventions ----------------------------------------------------------------------------------


def predicts(name: str, words: str, ours: Callable[..., Any], theirs: Callable[..., Any]) -> Option:
    """`ours(f, y, sigma)` makes the estimate of x of what is predicted, f; `theirs` goes back."""

    def output(returned: dict[str, Any], call: Call) -> dict[str, Any]:
        inner, sigma = returned["denoise"], call.parameters["sigma"]
        return returned | {"denoise": lambda y: ours(inner(y), y, sigma)}

    def write(target: Callable[..., Any]) -> Callable[..., Any]:
        def train(x: Any, *, sigma: float) -> Any:
            made = target(x, sigma=sigma)
            said = dict(made) if isinstance(made, Mapping) else {"denoiser": made}
            inner = said["denoiser"]
            return said | {"denoiser": lambda y: theirs(inner(y), y, sigma)}

        return train

    return Option(name=name, words=words, output=output, write=write)


PREDICTS = Axis(
    name="predicts",
    options=(
        Option(name="x", words="it returns the estimate of the clean data"),
        predicts(
            "noise", "it returns the estimate of the noise, of deviation one",
            lambda f, y, sigma: y - sigma * f, lambda x, y, sigma: (y - x) / sigma,
        ),
        predicts(
            "residual", "it returns the step from y to the estimate of the clean data",
            lambda f, y, sigma: y + f, lambda x, y, sigma: x - y,
        ),
        predicts(
            "score", "it returns the score of the noised data",
            lambda f, y, sigma: y + sigma**2 * f, lambda x, y, sigma: (x - y) / sigma**2,
        ),
    ),
)  # fmt: skip

TRAINED = Axis(
    name="trained",
    variant=True,
    options=(
        Option(name="no", words="nothing is said of the loss that was reached"),
        Option(name="yes", words="the loss is below that of the best line"),
    ),
)

TRAINED_DENOISER = Contract(
    name="trained-denoiser",
    title="a denoiser that was trained",
    inputs=(Input(name="x", shape="n,d", differentiable=False),),
    parameters=("sigma",),
    returns="callable y[m,d] -> x_hat[m,d], for any m, trained on the rows of x, each as likely as "
    "any other, with noise of that deviation; ready for use (no noise, no dropout, no batch "
    "statistics). Or dict of denoiser, and optionally converged (the expected loss is at most "
    "`tolerance`, by default 0, above the least of all), loss and loss_error",
    axes=(PREDICTS, LEVEL, TRAINED),
    read=read,
    invoke=invoke,
    references={
        "attention by L-BFGS": attention,
        "tanh network by L-BFGS": tanh_by_lbfgs,
        "tanh network by Adam": tanh_by_adam,
    },
    ordinary=("tanh network by Adam",),
    defects=DEFECTS,
)
