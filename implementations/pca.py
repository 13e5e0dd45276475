"""Principal component analysis: the contract, honest codings, and estimators with `fit`."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .contract import Axis, Call, Contract, ContractError, Input, Option, plain
from .pca_defects import DEFECTS
from .singular_vectors import by_covariance, by_singular_values

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["PCA", "uncentred"]


def with_its_mean(x: Tensor, k: int) -> dict[str, Tensor]:
    """By the covariance, with the mean that was subtracted."""
    return {"components": by_covariance(x, k), "mean": x.mean(dim=0)}


def uncentred(x: Tensor, k: int) -> Tensor:
    """The variant about zero: a truncated singular value decomposition of the data as they are."""
    return by_singular_values(x, k, about_mean=False)


# -- calling and reading --------------------------------------------------------------------------


def invoke(target: Any, call: Call) -> Any:
    """A function is called; an estimator is copied, given k, fitted to a NumPy array, and read."""
    if not hasattr(target, "fit"):
        return target(*call.inputs, **call.parameters)
    x, *k = *call.inputs, *call.parameters.values()
    estimator = copy.deepcopy(target)
    if k and hasattr(estimator, "n_components"):
        estimator.n_components = k[0]
    estimator.fit(np.asarray(x))
    if not hasattr(estimator, "components_"):
        raise ContractError(
            "an attribute `components_` after `fit`", f"{type(target).__name__} without one",
            "hand over a function (x, k) -> components that reads the estimator's own attribute",
        )  # fmt: skip
    return {"components": estimator.components_, "mean": getattr(estimator, "mean_", None)}


def read(returned: Any, call: Call) -> dict[str, Any]:
    """The components, in rows or columns, and the mean where it is reported."""
    if isinstance(returned, tuple):
        raise ContractError(
            "the components alone, or a dict with components and mean",
            f"a tuple of {len(returned)}",
            "choose one in a function, such as lambda x, k: torch.pca_lowrank(x, k)[2]",
        )
    if not isinstance(returned, Mapping):
        returned = {"components": returned}
    if "components" not in returned:
        raise ContractError(
            "components[k,d], or a dict with the key 'components'",
            f"a dict with keys {', '.join(map(str, returned))}",
            "choose one with key= (--key on the command line)",
        )
    components, mean = returned["components"], returned.get("mean")
    wide, k = call.inputs[0].shape[1], _k(call)
    shape = tuple(getattr(components, "shape", ()))
    if shape not in ((k, wide), (wide, k)):
        raise ContractError(
            f"components of shape ({k}, {wide}) for k={k} and d={wide}",
            f"shape {shape}" if shape else type(components).__name__,
            "return k rows; if the number of components is fixed inside, hand over the class, with "
            'map={"k": "n_components"} (--map k=n_components)',
        )
    if mean is not None and tuple(np.shape(mean)) != (wide,):
        raise ContractError(
            f"a mean of shape ({wide},)", f"shape {tuple(np.shape(mean))}", "return it flat"
        )
    return {"components": plain(components), "mean": None if mean is None else plain(mean)}


def _k(call: Call) -> int:
    return int(call.parameters["k"])


# -- conventions ----------------------------------------------------------------------------------


def _in_rows(returned: Any, call: Call) -> Any:
    return _laid_out(returned, (_k(call), call.inputs[0].shape[1]), "columns", transpose=False)


def _in_columns(returned: Any, call: Call) -> Any:
    return _laid_out(returned, (call.inputs[0].shape[1], _k(call)), "rows", transpose=True)


def _laid_out(returned: Any, shape: tuple[int, int], other: str, *, transpose: bool) -> Any:
    components = returned["components"]
    if tuple(components.shape) != shape:
        raise ContractError(
            f"components of shape {shape}", f"shape {tuple(components.shape)}",
            f"declare components={other}",
        )  # fmt: skip
    return {**returned, "components": components.T if transpose else components}


def _transposed(target: Callable[..., Any]) -> Callable[..., Any]:
    def columns(x: Tensor, k: int) -> Any:
        returned = target(x, k)
        if isinstance(returned, Mapping):
            return {**returned, "components": returned["components"].T}
        return returned.T

    return columns


COMPONENTS = Axis(
    name="components",
    options=(
        Option(name="rows", words="each row is a component", output=_in_rows),
        Option(
            name="columns", words="each column is a component", output=_in_columns,
            write=_transposed,
        ),
    ),
)  # fmt: skip

CENTRING = Axis(
    name="centring",
    variant=True,
    options=(
        Option(name="yes", words="the mean is subtracted first"),
        Option(
            name="no", words="about zero: a truncated singular value decomposition",
            write=lambda target: uncentred,
        ),
    ),
)  # fmt: skip

EXACTNESS = Axis(
    name="exactness",
    variant=True,
    options=(
        Option(name="no", words="randomised, incremental, or not said: the optimum is not claimed"),
        Option(name="yes", words="an exact algorithm, which is at the optimum to rounding"),
    ),
)

PCA = Contract(
    name="pca",
    title="principal component analysis",
    inputs=(Input(name="x", shape="n,d", differentiable=False),),
    parameters=("k",),
    returns="components[k,d]",
    axes=(COMPONENTS, CENTRING, EXACTNESS),
    read=read,
    invoke=invoke,
    references={
        "by singular values": by_singular_values,
        "by the covariance, with its mean": with_its_mean,
    },
    defects=DEFECTS,
)
