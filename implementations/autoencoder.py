"""Autoencoders of any architecture: the contract, and trained networks that meet it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from . import autoencoder_networks as networks
from .autoencoder_defects import DEFECTS
from .contract import Axis, Call, Contract, ContractError, Input, Option
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["AUTOENCODER"]


def of(build: networks.Build, *, double: bool = False) -> Callable[[Tensor, int], Any]:
    def train(x: Tensor, k: int) -> Any:
        return networks.trained(build, x, k, double=double)

    return train


# -- calling and reading --------------------------------------------------------------------------

MIXED = ("dtype", "scalar type")  # how torch complains of float64 rows and float32 weights


def invoke(target: Any, call: Call) -> Any:
    """Called on float64 rows, or, if its own numbers are float32, on those rounded."""
    x, *others = call.inputs
    return in_either_precision(lambda rows: target(rows, *others, **call.parameters), x)


def in_either_precision(function: Callable[[Any], Any], x: Any) -> Any:
    try:
        return function(x)
    except RuntimeError as error:
        if not any(word in str(error).lower() for word in MIXED):
            raise
    return function(x.float())


def read(returned: Any, call: Call) -> dict[str, Any]:
    """The callable, to be called on a tensor (m, d), and what it makes of the training rows."""
    if not callable(returned):
        shape = getattr(returned, "shape", None)
        raise ContractError(
            "a callable x -> x_hat: the trained autoencoder itself",
            f"an array of shape {tuple(shape)}" if shape is not None else type(returned).__name__,
            "return the function or module that reconstructs rows, not the reconstructions",
        )
    x = call.inputs[0]
    reconstruct = partial(in_either_precision, returned)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)  # code that draws, and should not, can be named
        x_hat = reconstruct(x.clone())
    if isinstance(x_hat, (tuple, list, dict)):
        raise ContractError(
            "x_hat alone", f"a {type(x_hat).__name__} of {len(x_hat)}",
            "return a function that picks the reconstruction, such as lambda x: model(x)[0]",
        )  # fmt: skip
    shape = tuple(np.shape(x_hat.detach() if hasattr(x_hat, "detach") else x_hat))
    if shape != tuple(x.shape):
        raise ContractError(
            f"x_hat of shape {tuple(x.shape)}, like x", f"shape {shape}",
            "return one reconstruction per row, in the shape of the rows: flattened, not squeezed",
        )  # fmt: skip
    x_hat = torch.as_tensor(x_hat).detach()
    return {"reconstruct": reconstruct, "code": returned, "x": x, "x_hat": x_hat}


# -- conventions ----------------------------------------------------------------------------------

KIND = Axis(
    name="kind",
    variant=True,
    options=(
        Option(name="nonlinear", words="encoder and decoder may be anything"),
        Option(name="linear decoder", words="the decoder is affine, the encoder anything"),
        Option(name="linear", words="encoder and decoder are affine"),
    ),
)

TRAINED = Axis(
    name="trained",
    variant=True,
    options=(
        Option(name="no", words="nothing is said of the loss that was reached"),
        Option(name="yes", words="the loss is below what an output bias alone reaches"),
    ),
)

AUTOENCODER = Contract(
    name="autoencoder",
    title="an autoencoder of any architecture",
    inputs=(Input(name="x", shape="n,d", differentiable=False),),
    parameters=("k",),
    returns="callable x[m,d] -> x_hat[m,d], for any m: each row from a code of k numbers; ready "
    "for use (dropout and batch statistics off; a variational one decodes the mean)",
    axes=(KIND, TRAINED),
    read=read,
    invoke=invoke,
    references={
        "linear": of(networks.linear, double=True),
        "tanh network": of(networks.multilayer),
        "convolutional": of(networks.convolutional),
        "recurrent": of(networks.recurrent),
        "transformer": of(networks.transformer),
    },
    ordinary=("convolutional", "recurrent", "transformer"),
    defects=DEFECTS,
)
