"""Denoising score matching: contract, honest codings, and what is added to them.

The code is handed a score, a callable of the harness's own: `score(y[n,d], sigma) -> [n,d]`, where
sigma may be a number, or a tensor with one entry or one per row, and may be left out.  It draws its
noise itself, and what is compared is the exact expectation.  The wrong ones are in
`dsm_loss_defects`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .contract import Axis, Call, Contract, Input, Option
from .dsm_loss_defects import DEFECTS
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DSM_LOSS", "from_noised_data", "line_by_line", "stabilised", "through_denoising"]

Score = Callable[..., Any]


# -- honest codings -------------------------------------------------------------------------------


def line_by_line(score: Score, x: Tensor, *, sigma: float) -> Tensor:
    """The definition."""
    noise = torch.randn_like(x)
    return (score(x + sigma * noise, sigma) + noise / sigma).square().sum(dim=1).mean()


def from_noised_data(score: Score, x: Tensor, *, sigma: float) -> Tensor:
    """As in Song and Ermon's code: the target from noised and clean data."""
    y = x + torch.randn_like(x) * sigma
    target = -1 / sigma**2 * (y - x)
    return ((score(y, sigma) - target) ** 2).sum(dim=-1).mean(dim=0)


def through_noise_prediction(score: Score, x: Tensor, *, sigma: float) -> Tensor:
    """As DDPM has it, one level per row: the noise, predicted, and the weighting taken out."""
    level = torch.full((len(x), 1), sigma, dtype=x.dtype, device=x.device)
    noise = torch.randn_like(x)
    predicted = -level * score(x + level * noise, level)
    return torch.nn.functional.mse_loss(predicted, noise) * x.shape[1] / sigma**2


def through_denoising(score: Score, x: Tensor, *, sigma: float) -> Tensor:
    """As EDM has it: Tweedie's estimate of the clean data."""
    y = x + sigma * torch.randn_like(x)
    estimate = y + sigma**2 * score(y, sigma)
    return (estimate - x).square().sum(dim=1).mean() / sigma**4


def stabilised(
    score: Score, x: Tensor, *, sigma: float, deviation: float = 0.0, variance: float = 0.0
) -> Tensor:
    """The definition with the small constants that people add, all zero by default."""
    noise = torch.randn_like(x)
    divisor = (sigma**2 + variance) / sigma + deviation
    return (score(x + sigma * noise, sigma) + noise / divisor).square().sum(dim=1).mean()


# -- conventions ----------------------------------------------------------------------------------


def _scaled(factor: Callable[[Tensor, float], float]) -> dict[str, Any]:
    """The two ways of a convention that multiplies the loss by a factor of data and level."""

    def write(target: Callable[..., Any]) -> Callable[..., Any]:
        return lambda score, x, *, sigma: target(score, x, sigma=sigma) * factor(x, sigma)

    return {
        "output": lambda returned, call: returned / factor(call.inputs[1], _level(call)),
        "write": write,
    }


def _level(call: Call) -> Any:
    return call.parameters["sigma"]


def _times(level: Any, y: Tensor) -> Any:
    """A level per row, as a column; a single one as it is."""
    return level[:, None] if getattr(level, "ndim", 0) == 1 else level


def _noise_network(call: Call) -> Call:
    """What predicts the noise: minus sigma times the score."""
    score, x = call.inputs
    known = _level(call)

    def network(y: Tensor, sigma: Any = None) -> Tensor:
        level = known if sigma is None else sigma
        return -_times(level, y) * score(y, level)

    return call._replace(inputs=(network, x))


def _from_noise_network(target: Callable[..., Any]) -> Callable[..., Any]:
    def loss(network: Score, x: Tensor, *, sigma: float) -> Tensor:
        return target(lambda y, level: -network(y, level) / _times(level, y), x, sigma=sigma)

    return loss


NETWORK = Axis(
    name="network",
    form=True,
    options=(
        Option(name="score", words="the callable is the score"),
        Option(
            name="noise", words="the callable predicts the noise, -sigma times the score",
            call=_noise_network, write=_from_noise_network,
        ),
    ),
)  # fmt: skip

WEIGHTING = Axis(
    name="weighting",
    options=(
        Option(name="one", words="not weighed"),
        Option(
            name="variance", words="weighed by sigma^2: the loss of noise prediction",
            **_scaled(lambda x, sigma: sigma**2),
        ),
    ),
)  # fmt: skip

FACTOR = Axis(
    name="factor",
    options=(
        Option(name="one", words="the squared norm"),
        Option(name="half", words="half the squared norm", **_scaled(lambda x, sigma: 0.5)),
    ),
)

FEATURES = Axis(
    name="features",
    options=(
        Option(name="sum", words="summed over features"),
        Option(
            name="mean", words="averaged over features",
            **_scaled(lambda x, sigma: 1 / x.shape[1]),
        ),
    ),
)  # fmt: skip

BATCH = Axis(
    name="batch",
    options=(
        Option(name="mean", words="averaged over the rows"),
        Option(name="sum", words="summed over the rows", **_scaled(lambda x, sigma: len(x))),
    ),
)

DSM_LOSS = Contract(
    name="dsm-loss",
    title="denoising score matching",
    inputs=(
        Input(name="score(y, sigma)", shape="n,d", differentiable=False),  # a callable of ours
        Input(name="x", shape="n,d"),
    ),
    parameters=("sigma",),
    returns="float",
    axes=(WEIGHTING, FACTOR, FEATURES, BATCH, NETWORK),
    shapes=lambda call: ((),),
    references={
        "line by line": line_by_line,
        "from noised data": from_noised_data,
        "through noise prediction": through_noise_prediction,
        "through denoising": through_denoising,
    },
    defects=DEFECTS,
    stabilised=stabilised,
    stabilisers={
        "deviation": "added to sigma, where the noise is divided by it",
        "variance": "added to sigma squared, where the noise is divided by it",
    },
)
