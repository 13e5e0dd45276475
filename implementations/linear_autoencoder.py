"""Linear autoencoders: the contract, and the trained and closed-form codings that meet it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from .autoencoder_training import by_adam, by_lbfgs, by_minibatches
from .contract import Axis, Call, Contract, ContractError, Input, Option, plain
from .linear_autoencoder_defects import DEFECTS, fitted, shrunk
from .nested_dropout import nested_by_adam, nested_by_lbfgs, ordered
from .nested_dropout_defects import NESTED_DEFECTS
from .singular_vectors import by_singular_values, variances_along
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["LINEAR_AUTOENCODER", "in_closed_form"]


def in_closed_form(x: Tensor, k: int) -> dict[str, Any]:
    """Principal axes, in another basis of the code: the decoder halves what the encoder doubles."""
    axes = by_singular_values(x, k)
    return fitted(x, 2 * axes, axes.T / 2)


def about_zero(x: Tensor, k: int) -> dict[str, Any]:
    """The variant without centring and without a bias."""
    axes = by_singular_values(x, k, about_mean=False)
    return linear(x, axes, axes.T)


def penalised(x: Tensor, k: int, *, about_mean: bool = True) -> dict[str, Any]:
    """The variant with weight decay: each axis shrunk as its eigenvalue says, here by a half of
    the smallest; the loss is reported without the penalty."""
    axes = by_singular_values(x, k, about_mean=about_mean)
    variances = variances_along(x, axes, about_mean=about_mean)
    encoder, decoder = shrunk(axes, variances, variances.min() / 2)
    return fitted(x, encoder, decoder) if about_mean else linear(x, encoder, decoder)


def linear(x: Tensor, encoder: Tensor, decoder: Tensor) -> dict[str, Any]:
    """A map without a bias, and its loss."""
    loss = ((x - x @ (decoder @ encoder).T) ** 2).sum(dim=1).mean()
    return {"encoder": encoder, "decoder": decoder, "loss": loss, "converged": True}


def denoising(x: Tensor, k: int, *, about_mean: bool = True) -> dict[str, Any]:
    """The variant with noisy inputs: each axis shrunk to its share of signal, the noise half as
    large as the smallest; the loss is reported on clean inputs."""
    axes = by_singular_values(x, k, about_mean=about_mean)
    variances = variances_along(x, axes, about_mean=about_mean)
    noise = variances.min() / 2
    shares = (variances / (variances + noise).clamp(min=torch.finfo(x.dtype).tiny))[:, None]
    encoder, decoder = shares * axes, axes.T
    return fitted(x, encoder, decoder) if about_mean else linear(x, encoder, decoder)


def with_noise(target: Callable[..., Any]) -> Callable[..., Any]:
    """The coding for noisy inputs, centred or not as `target` is."""
    return partial(denoising, about_mean=target is not about_zero)


def with_penalty(target: Callable[..., Any]) -> Callable[..., Any]:
    """The penalised coding, centred or not as `target` is."""
    return partial(penalised, about_mean=target is not about_zero)


def with_nested_dropout(target: Callable[..., Any]) -> Callable[..., Any]:
    """The coding for nested dropout, centred or not as `target` is."""
    return partial(ordered, about_mean=target is not about_zero)


# -- reading --------------------------------------------------------------------------------------

REQUIRED = ("encoder", "decoder", "loss", "converged")
OPTIONAL = ("bias", "slope", "nested_loss")


def read(returned: Any, call: Call) -> dict[str, Any]:
    """The weights, the bias where there is one, the loss, and what is said of convergence."""
    if not isinstance(returned, Mapping) or not set(REQUIRED) <= set(returned):
        received = (
            f"a dict with keys {', '.join(map(str, returned))}"
            if isinstance(returned, Mapping)
            else type(returned).__name__
        )
        raise ContractError(
            f"a dict with the keys {', '.join(REQUIRED)}", received,
            "wrap the code in a function that returns "
            "dict(encoder=..., decoder=..., loss=..., converged=...)",
        )  # fmt: skip
    found = {name: plain(returned[name]) for name in REQUIRED[:3]}
    found |= {name: plain(returned[name]) for name in OPTIONAL if returned.get(name) is not None}
    (_, d), k = call.inputs[0].shape, int(call.parameters["k"])
    wanted = {"encoder": (k, d), "decoder": (d, k), "loss": (), "bias": (d,), "slope": ()}
    wanted["nested_loss"] = ()
    for name, value in found.items():
        _refuse_shape(name, tuple(value.shape), wanted[name], d, k)
    return found | {"converged": bool(returned["converged"])}


def _refuse_shape(
    name: str, shape: tuple[int, ...], wanted: tuple[int, ...], d: int, k: int
) -> None:
    if shape == wanted:
        return
    remedy = "return it in that shape"
    if shape == wanted[::-1]:
        remedy = "transpose it: x_hat = decoder @ (encoder @ x), as torch.nn.Linear keeps weights"
    elif name in ("loss", "nested_loss"):
        remedy = "return one number: the error summed over features, averaged over rows"
    elif name == "bias":
        remedy = "return the offset of the whole map: decoder bias + decoder @ encoder bias"
    raise ContractError(f"{name} of shape {wanted} for d={d}, k={k}", f"shape {shape}", remedy)


# -- conventions ----------------------------------------------------------------------------------


def _times(returned: dict[str, Any], factor: float) -> dict[str, Any]:
    summed = [name for name in ("loss", "slope", "nested_loss") if name in returned]
    scaled = {name: returned[name] * factor for name in summed}
    return returned | scaled


def _per_feature(target: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, k: _times(target(x, k), 1 / x.shape[1])


REDUCTION = Axis(
    name="reduction",
    options=(
        Option(name="sum", words="squared errors are summed over features, averaged over rows"),
        Option(
            name="mean", words="averaged over features too, as torch.nn.functional.mse_loss does",
            output=lambda returned, call: _times(returned, call.inputs[0].shape[1]),
            write=_per_feature,
        ),
    ),
)  # fmt: skip

CENTRING = Axis(
    name="centring",
    variant=True,
    options=(
        Option(name="yes", words="the data are centred, or a bias is trained"),
        Option(
            name="no", words="neither: the map is linear, and second moments are about zero",
            write=lambda target: about_zero,
        ),
    ),
)  # fmt: skip

PENALTY = Axis(
    name="penalty",
    variant=True,
    options=(
        Option(name="none", words="nothing but the reconstruction error is minimised"),
        Option(
            name="L2", words="the weights are penalised too; the loss is reported without that",
            write=with_penalty,
        ),
        Option(
            name="noise", words="the inputs are corrupted by noise of one variance, the targets "
            "are not; the loss is reported on clean inputs",
            write=with_noise,
        ),
        Option(
            name="nested", words="nested dropout: the first b units alone are kept, b being drawn "
            "from 1 to k; the loss is reported with all units, the nested_loss as the mean over b",
            write=with_nested_dropout,
        ),
    ),
)  # fmt: skip

LINEAR_AUTOENCODER = Contract(
    name="linear-autoencoder",
    title="a trained linear autoencoder",
    inputs=(Input(name="x", shape="n,d", differentiable=False),),
    parameters=("k",),
    returns="dict of encoder[k,d], decoder[d,k], loss, converged, and optionally bias[d], slope, "
    "nested_loss: "
    "x_hat = decoder @ (encoder @ x) + bias; without a bias, the best one is meant; `converged` "
    "says that no further step lowers the loss in working precision, or lowers it by no more than "
    "the gradient's norm, the `slope`, explains",
    axes=(REDUCTION, CENTRING, PENALTY),
    read=read,
    references={
        "L-BFGS in float64": by_lbfgs,
        "Adam in float32": by_adam,
        "minibatches in float32": by_minibatches,
        "closed form": in_closed_form,
        "nested dropout, L-BFGS": nested_by_lbfgs,
        "nested dropout, Adam": nested_by_adam,
    },
    reference_conventions={
        "nested dropout, L-BFGS": {"penalty": "nested"},
        "nested dropout, Adam": {"penalty": "nested"},
    },
    ordinary=("Adam in float32", "minibatches in float32", "nested dropout, Adam"),
    defects=DEFECTS + NESTED_DEFECTS,
)
