"""Linear variational autoencoders: the contract, and the codings that meet it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from .contract import Axis, Call, Contract, ContractError, Input, Option, plain
from .tensors import torch
from .vae_defects import DEFECTS, learnt
from .vae_training import by_adam, by_lbfgs

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["VAE", "in_closed_form"]


def in_closed_form(x: Tensor, k: int, *, sigma2: float | None = None) -> dict[str, Any]:
    """Principal axes, shrunk by the noise; in another order and with other signs."""
    return _reversed(learnt(x, k, sigma2=sigma2))


def weighted(x: Tensor, k: int) -> dict[str, Any]:
    """The same for a weight of 3/2 on the KL, at which some units collapse."""
    return learnt(x, k, beta=1.5)


def _reversed(fit: dict[str, Any]) -> dict[str, Any]:
    order = {"decoder": fit["decoder"].flip(1), "encoder": fit["encoder"].flip(0)}
    return fit | order | {"variance": fit["variance"].flip(0)}


def with_fixed_noise(target: Callable[..., Any]) -> Callable[..., Any]:
    """The variant whose decoder keeps the variance one."""
    return partial(in_closed_form, sigma2=1.0)


# -- reading --------------------------------------------------------------------------------------

REQUIRED = ("decoder", "sigma2", "encoder", "elbo", "converged")
VARIANCES: Mapping[str, Callable[[Any], Any]] = {
    "variance": lambda given: given,
    "logvar": lambda given: given.exp() if hasattr(given, "exp") else np.exp(given),
    "std": lambda given: given**2,
}
OPTIONAL = ("decoder_bias", "encoder_bias", "beta", "tolerance")
KNOWN = (*REQUIRED, *VARIANCES, *OPTIONAL)


def read(returned: Any, call: Call) -> dict[str, Any]:
    """The weights, variances, biases and numbers, each of its shape; complains by
    `ContractError`."""
    _refuse_keys(returned)
    (_, d), k = call.inputs[0].shape, int(call.parameters["k"])
    wanted = {
        "decoder": (d, k), "encoder": (k, d), "variance": (k,), "logvar": (k,), "std": (k,),
        "decoder_bias": (d,), "encoder_bias": (k,),
    }  # fmt: skip
    found = {
        name: plain(returned[name])
        for name in (*REQUIRED[:4], *VARIANCES, *OPTIONAL) if returned.get(name) is not None
    }  # fmt: skip
    for name, value in found.items():
        _refuse_shape(name, tuple(value.shape), wanted.get(name, ()), d, k)
    told = [name for name in VARIANCES if name in found]
    if told:
        found["variance"] = VARIANCES[told[0]](found.pop(told[0]))
    return found | {"converged": bool(returned["converged"])}


def _refuse_keys(returned: Any) -> None:
    names = list(map(str, returned)) if isinstance(returned, Mapping) else []
    received = f"a dict with keys {', '.join(names)}" if names else type(returned).__name__
    remedy = (
        "wrap the code in a function that returns dict(decoder=W, encoder=V, variance=t, "
        "sigma2=..., elbo=..., converged=...); elbo=None where it is only estimated from samples"
    )
    if not set(REQUIRED) <= set(names):
        raise ContractError(f"a dict with the keys {', '.join(REQUIRED)}", received, remedy)
    if any(returned[name] is None for name in ("decoder", "encoder", "sigma2")):
        raise ContractError("decoder, encoder and sigma2, as numbers", "None", remedy)
    if sum(name in names for name in VARIANCES) > 1:
        raise ContractError(
            f"the encoder's variances once, as one of {', '.join(VARIANCES)}", received,
            "leave out all but one",
        )  # fmt: skip
    if strange := [name for name in names if name not in KNOWN]:
        raise ContractError(
            f"no keys but {', '.join(KNOWN)}", f"also {', '.join(strange)}",
            "leave out what is not asked for, so that no misspelt name is passed over",
        )  # fmt: skip


def _refuse_shape(
    name: str, shape: tuple[int, ...], wanted: tuple[int, ...], d: int, k: int
) -> None:
    if shape == wanted:
        return
    remedy = "return it in that shape"
    if name in VARIANCES:
        remedy = "return one per unit: the variance of a linear model is the same for every row"
    elif len(wanted) == 2 and shape == wanted[::-1]:
        remedy = "transpose it: mu = encoder @ x, x_hat = decoder @ z, as torch.nn.Linear does"
    elif name == "elbo":
        remedy = "return one number, the mean over the rows; or their sum, and declare it"
    raise ContractError(f"{name} of shape {wanted} for d={d}, k={k}", f"shape {shape}", remedy)


# -- conventions ----------------------------------------------------------------------------------


def _pi(fit: dict[str, Any], x: Any) -> float:
    return 0.5 * float(x.shape[1]) * math.log(2 * math.pi)


def _constant(fit: dict[str, Any], x: Any) -> float:
    sigma2 = torch.as_tensor(fit["sigma2"], dtype=torch.float64)
    return _pi(fit, x) + 0.5 * float(x.shape[1]) * float(sigma2.log())


NOISE = Axis(
    name="noise",
    variant=True,
    options=(
        Option(name="learned", words="the decoder's variance is learnt with the weights"),
        Option(
            name="fixed", words="the decoder's variance is given, and reported as `sigma2`",
            write=with_fixed_noise,
        ),
    ),
)  # fmt: skip

Constant = Callable[[dict[str, Any], Any], float]
CONSTANTS: tuple[tuple[str, str, Constant], ...] = (
    ("", "", lambda fit, x: 0.0),
    ("-no-pi", " without -(d/2) log 2 pi per row", _pi),
    ("-no-constant", " without -(d/2) log(2 pi sigma2) per row", _constant),
)


def _reported(name: str, words: str, sign: int, summed: bool, constant: Constant) -> Option:
    """The objective with this sign, without the constant, averaged or summed over the rows.

    It is one axis and not three, as a constant per row and a sum over rows do not commute."""

    def times(x: Any) -> int:
        return len(x) if summed else 1

    def output(returned: dict[str, Any], call: Call) -> dict[str, Any]:
        if (number := returned.get("elbo")) is None:
            return returned
        x = call.inputs[0]
        return returned | {"elbo": sign * number / times(x) - constant(returned, x)}

    def write(target: Callable[..., Any]) -> Callable[..., Any]:
        def written(x: Any, k: int) -> dict[str, Any]:
            fit: dict[str, Any] = target(x, k)
            return fit | {"elbo": sign * times(x) * (fit["elbo"] + constant(fit, x))}

        return written

    return Option(name=name, words=words, output=output, write=write)


def _reports() -> tuple[Option, ...]:
    first = Option(name="elbo", words="the ELBO, a bound of the log-likelihood, mean over the rows")
    others = [
        _reported(
            f"{name}{without}{'-sum' if summed else ''}",
            f"{article}{missing}{', summed over the rows' if summed else ''}",
            sign, summed, constant,
        )
        for summed in (False, True)
        for without, missing, constant in CONSTANTS
        for name, article, sign in (("elbo", "the ELBO", 1), ("loss", "minus the ELBO", -1))
    ]  # fmt: skip
    return (first, *others[1:])


REPORT = Axis(name="report", options=_reports())

VAE = Contract(
    name="vae",
    title="a trained linear variational autoencoder",
    inputs=(Input(name="x", shape="n,d", differentiable=False),),
    parameters=("k",),
    returns="dict of decoder[d,k], sigma2, encoder[k,d], elbo, converged, and optionally "
    "variance[k] (or logvar[k], std[k]), decoder_bias[d], encoder_bias[k], beta, tolerance: "
    "z ~ N(encoder @ x + encoder_bias, variance), x ~ N(decoder @ z + decoder_bias, sigma2); beta "
    "weighs the KL, 1 by default; without biases the data are centred first, without variances the "
    "best are meant; `elbo` is the mean over the rows, in nats, of exactly these parameters, None "
    "where it is only sampled; `converged` says that no step raises it in working precision, or by "
    "no more than `tolerance` nats",
    axes=(NOISE, REPORT),
    read=read,
    references={
        "L-BFGS in float64": by_lbfgs,
        "Adam in float32, one sample": by_adam,
        "closed form": in_closed_form,
        "closed form, beta = 3/2": weighted,
    },
    ordinary=("Adam in float32, one sample",),
    defects=DEFECTS,
)
