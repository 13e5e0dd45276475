"""Measures of neural collapse: the contract, and codings that meet it.

The conventions are those of Papyan, Han and Donoho's published code
(github.com/neuralcollapse/neuralcollapse) and of Zhu and others'
(github.com/tding1/Neural-Collapse); the wrong ones are in `collapse_metrics_defects`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from .collapse_metrics_codings import by_classes, by_covariances
from .collapse_metrics_defects import DEFECTS
from .contract import Axis, Call, Contract, ContractError, Input, Option, plain
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["COLLAPSE_METRICS"]

NAMES = ("nc1", "nc2", "nc3", "nc4")
SHARES = 2.0**12  # a number of as many parts is no rounded one
TINY = 2.0**-30


def read(returned: Any, call: Call) -> dict[str, Any]:
    """Some of the four numbers, by name; complains by `ContractError`."""
    known = isinstance(returned, Mapping) and set(returned) <= set(NAMES)
    found = {k: v for k, v in returned.items() if v is not None} if known else {}
    if not found:
        raise ContractError(
            f"a dict with some of the keys {', '.join(NAMES)}, and no others",
            f"a dict with keys {', '.join(map(str, returned)) or 'none'}"
            if isinstance(returned, Mapping) else type(returned).__name__,
            "wrap the code in a function that returns dict(nc1=..., nc2=..., nc3=..., nc4=...), "
            "and leaves out what it does not measure",
        )  # fmt: skip
    for name, value in found.items():
        if tuple(plain(value).shape) not in ((), (1,)):
            raise ContractError(
                f"one number for {name}", f"shape {tuple(plain(value).shape)}",
                "reduce it as the measure does: a trace, a norm, a mean over all samples",
            )  # fmt: skip
    return {name: _as_coarse_as_it_is(value) for name, value in found.items()}


def _as_coarse_as_it_is(value: Any) -> Any:
    """A number that single precision holds to its last digit was computed in it, although `.item()`
    made it one of Python's own: unless it is a plain share, or too small for a rounding of it."""
    if not isinstance(value, float) or not np.isfinite(value):
        return plain(value).reshape(())
    share = (value * SHARES).is_integer() or abs(value) < TINY
    return np.float64(value) if share or np.float32(value) != value else np.float32(value)


def invoke(target: Callable[..., Any], call: Call) -> Any:
    """In double precision as the features are, so that a constant such as 1/3 that code makes in
    the default precision has all their digits.  Code that knows of no classifier without a bias is
    handed zeros for it, which is the same classifier."""
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    *others, weights, bias = call.inputs
    try:
        return target(*others, weights, bias)
    except (TypeError, AttributeError, RuntimeError) as refused:
        if bias is not None:
            raise
        try:
            return target(*others, weights, weights.new_zeros(len(weights)))
        except (TypeError, AttributeError, RuntimeError):
            raise refused from None
    finally:
        torch.set_default_dtype(default)


# -- conventions ----------------------------------------------------------------------------------


def _option(axis: str, name: str, words: str) -> Option:
    def write(target: Callable[..., Any]) -> Callable[..., Any]:
        return partial(by_covariances, **(getattr(target, "keywords", {}) | {axis: name}))

    return Option(name=name, words=words, write=write)


def _agreement(returned: dict[str, Any], call: Call) -> dict[str, Any]:
    return returned | ({"nc4": 1 - returned["nc4"]} if "nc4" in returned else {})


def _write_agreement(target: Callable[..., Any]) -> Callable[..., Any]:
    def written(features: Tensor, labels: Tensor, weights: Tensor, bias: Any) -> dict[str, Any]:
        found: dict[str, Any] = target(features, labels, weights, bias)
        return found | {"nc4": 1 - found["nc4"]}

    return written


NC1 = Axis(
    name="nc1",
    part="nc1",
    variant=True,
    options=(
        Option(name="pseudo-inverse", words="the trace of within times the pseudo-inverse of "
               "between, over the number of classes"),
        _option("nc1", "undivided", "the same, not divided by the number of classes"),
        _option("nc1", "ratio", "the trace of within over the trace of between"),
    ),
)  # fmt: skip

NC2 = Axis(
    name="nc2",
    part="nc2",
    variant=True,
    options=(
        Option(name="angles", words="the mean of |cosine + 1/(K-1)| over pairs of class means"),
        _option("nc2", "norms", "lengths of class means: standard deviation (over K - 1, as "
                "torch.std) over mean"),
        _option("nc2", "norms over K", "the same with the standard deviation over K, as numpy.std"),
        _option("nc2", "Gram", "the class means' Gram matrix, of norm one: its distance from a "
                "simplex's"),
        _option("nc2", "weights", "the same of the classifier's weights"),
    ),
)  # fmt: skip

NC3 = Axis(
    name="nc3",
    part="nc3",
    variant=True,
    options=(
        Option(name="squared", words="weights and centred means, each of norm one: the square of "
               "their distance"),
        _option("nc3", "distance", "the distance, not squared"),
        _option("nc3", "product", "weights times centred means, of norm one: the distance from a "
                "simplex's Gram matrix"),
    ),
)  # fmt: skip

NC4 = Axis(
    name="nc4",
    part="nc4",
    options=(
        Option(name="disagreement", words="the share of samples on which both disagree"),
        Option(
            name="agreement", words="the share on which they agree", output=_agreement,
            write=_write_agreement,
        ),
    ),
)  # fmt: skip

CENTRING = Axis(
    name="centring",
    variant=True,
    options=(
        Option(name="samples", words="the global mean is that of all samples"),
        _option("centring", "classes", "the global mean is that of the class means"),
    ),
)  # fmt: skip

COLLAPSE_METRICS = Contract(
    name="neural-collapse",
    title="measures of neural collapse",
    inputs=(
        Input(name="features", shape="n,d", differentiable=False),
        Input(name="labels", shape="n", differentiable=False, discrete=True),
        Input(name="weights", shape="K,d", differentiable=False),
        Input(name="bias", shape="K, or None", differentiable=False),
    ),
    returns="dict of some of nc1, nc2, nc3, nc4: the spread within classes, the distance from a "
    "simplex, from self-duality, and from the nearest class mean; two samples or more of each "
    "class",
    axes=(NC1, NC2, NC3, NC4, CENTRING),
    read=read,
    references={"covariances": by_covariances, "class by class": by_classes},
    defects=DEFECTS,
    stabilised=by_covariances,
    stabilisers={
        "ratio": "added to the trace of the between-class covariance that is divided by",
        "lengths": "added to the lengths or norms that NC2 divides by",
        "norms": "added to the norms that NC3 divides by",
    },
    invoke=invoke,
)
