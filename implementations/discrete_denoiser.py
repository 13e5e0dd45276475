"""The best denoiser of masked, and of salted and peppered data: contract and honest codings.

The prior is part of the call, so that nothing has to be trained: finitely many points in [0, 1],
and their weights.  A coordinate is replaced with probability `rate`: by zero (masking), or by 0 or
1, either half the time (salt-and-pepper).  Every y that is handed over is a point of the prior, so
corrupted; values are quarters, which every precision holds, so that `==` and a tolerance agree.
The wrong ones are in `discrete_denoiser_defects`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from .contract import Axis, Call, Contract, Input, Option
from .discrete_denoiser_defects import DEFECTS
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DISCRETE_DENOISER", "by_bayes", "by_counting", "stabilised"]

EXTREMES = {"masking": (0.0,), "salt-and-pepper": (0.0, 1.0)}


# -- honest codings -------------------------------------------------------------------------------


def chances(seen: Tensor, x: Tensor, rate: float, corruption: str) -> Tensor:
    """The probability with which the value x shows as the one that is seen; shapes broadcast."""
    values = EXTREMES[corruption]
    kept = (seen == x).to(x.dtype)
    replaced = sum((seen == value).to(x.dtype) for value in values)
    return (1 - rate) * kept + rate / len(values) * replaced


def by_bayes(
    y: Tensor, weights: Tensor, points: Tensor, *, rate: float, corruption: str = "masking"
) -> Tensor:
    """Log-likelihoods, and a softmax over the points."""
    likelihood = chances(y[:, None, :], points, rate, corruption).log().sum(dim=2)
    return (weights.log() + likelihood).softmax(dim=1) @ points


def by_counting(
    y: Tensor, weights: Tensor, points: Tensor, *, rate: float, corruption: str = "masking"
) -> Tensor:
    """The odds to the power of how many coordinates differ, beyond the closest point's."""
    same = y.unsqueeze(1) == points
    doubtful = torch.stack([y == value for value in EXTREMES[corruption]]).any(0).unsqueeze(1)
    possible = (same | doubtful).all(-1)
    apart = (~same).to(points.dtype).sum(-1)
    nearest = apart.masked_fill(~possible, torch.inf).min(1, keepdim=True).values
    odds = rate if corruption == "masking" else rate / (2 - rate)
    joint = weights * (odds ** (apart - nearest)).masked_fill(~possible, 0.0)
    return torch.einsum("nc,cd->nd", joint, points) / joint.sum(1, keepdim=True)


def stabilised(
    y: Tensor, weights: Tensor, points: Tensor, *, rate: float, corruption: str = "masking",
    probability: float = 0.0, weight: float = 0.0, evidence: float = 0.0,
) -> Tensor:  # fmt: skip
    """By Bayes' rule with the small constants that people add, all zero by default."""
    chance = chances(y[:, None, :], points, rate, corruption) + probability
    logs = (weights + weight).log() + chance.log().sum(2)
    if not evidence:
        return logs.softmax(1) @ points
    return logs.exp() @ points / (logs.exp().sum(1, keepdim=True) + evidence)


# -- conventions ----------------------------------------------------------------------------------

CORRUPTION = Axis(
    name="corruption",
    variant=True,
    options=(
        Option(name="masking", words="coordinates are replaced by zero"),
        Option(
            name="salt-and-pepper", words="coordinates are replaced by 0 or 1, each half the time",
            write=lambda target: partial(by_bayes, corruption="salt-and-pepper"),
        ),
    ),
)  # fmt: skip


def _scaled(call: Call) -> Call:
    """Divided by the share that is kept, as torch.nn.functional.dropout does."""
    y, *prior = call.inputs
    return call._replace(inputs=(y / (1 - call.parameters["rate"]), *prior))


def _from_scaled(target: Callable[..., Any]) -> Callable[..., Any]:
    return lambda y, *prior, rate: target(y * (1 - rate), *prior, rate=rate)


SCALE = Axis(
    name="scale",
    options=(
        Option(name="plain", words="what is kept is handed over as it is"),
        Option(
            name="dropout", words="what is kept is divided by 1 - rate, as dropout does",
            call=_scaled, write=_from_scaled,
            instead={"corruption=salt-and-pepper": Option(
                name="dropout", words="of masks alone: salt and pepper are handed over as they are",
            )},
        ),
    ),
)  # fmt: skip


def _signed(call: Call) -> Call:
    y, weights, points = call.inputs
    return call._replace(inputs=(2 * y - 1, weights, 2 * points - 1))


def _from_signed(target: Callable[..., Any]) -> Callable[..., Any]:
    def call(y: Tensor, weights: Tensor, points: Tensor, *, rate: float) -> Any:
        return 2 * target((y + 1) / 2, weights, (points + 1) / 2, rate=rate) - 1

    return call


EXTREME_VALUES = Axis(
    name="extremes",
    options=(
        Option(name="0/1", words="pepper is 0 and salt is 1"),
        Option(
            name="-1/1", words="pepper is -1 and salt is 1, of data in [-1, 1]",
            call=_signed, output=lambda returned, call: (returned + 1) / 2, write=_from_signed,
            instead={"corruption=masking": Option(
                name="-1/1", words="of salt and pepper alone: a mask is zero",
            )},
        ),
    ),
)  # fmt: skip


def _complement(call: Call) -> Call:
    return call._replace(parameters={"rate": 1 - call.parameters["rate"]})


RATE = Axis(
    name="rate",
    options=(
        Option(name="replaced", words="the rate is the probability of being replaced"),
        Option(
            name="kept", words="the rate is the probability of being kept", call=_complement,
            write=lambda target: lambda *inputs, rate: target(*inputs, rate=1 - rate),
        ),
    ),
)  # fmt: skip

DISCRETE_DENOISER = Contract(
    name="discrete-denoiser",
    title="the best denoiser of masked, or salted and peppered, data under a known prior",
    inputs=(
        Input(name="y", shape="n,d", differentiable=False, discrete=True),
        Input(name="weights", shape="c"),
        Input(name="points", shape="c,d", differentiable=False, discrete=True),
    ),
    parameters=("rate",),
    returns="x_hat[n,d]",
    axes=(
        CORRUPTION,
        SCALE,
        EXTREME_VALUES,
        RATE,
    ),  # in this order: scales see what is replaced
    shapes=lambda call: (tuple(call.inputs[0].shape),),
    references={
        "by Bayes' rule": by_bayes,
        "by counting": by_counting,
    },
    defects=DEFECTS,
    stabilised=stabilised,
    stabilisers={
        "probability": "added to each coordinate's probability, under the logarithm",
        "weight": "added to each weight, under the logarithm",
        "evidence": "added to the evidence, in the denominator",
    },
)
