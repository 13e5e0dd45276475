"""Drawing from a Gaussian by mean and log-variance: the contract, honest codings, stabilisers.

What is compared is not one draw but its exact first two moments: `read` turns a draw into its
coordinates and their products, whose expectation over the code's own noise the harness takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .contract import Call, Contract, ContractError, Input, read_value
from .gaussian import second_argument
from .reparameterize_defects import DEFECTS
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["REPARAMETERIZE", "by_distribution", "by_hand", "in_place", "stabilised"]


def by_hand(mu: Tensor, logvar: Tensor) -> Tensor:
    """Mean plus deviation times noise."""
    return mu + torch.randn_like(mu) * (0.5 * logvar).exp()


def by_distribution(mu: Tensor, logvar: Tensor) -> Tensor:
    """Left to torch.distributions."""
    return torch.distributions.Normal(mu, (0.5 * logvar).exp()).rsample()


def in_place(mu: Tensor, logvar: Tensor) -> Tensor:
    """As older code has it: an empty tensor, filled."""
    std = logvar.mul(0.5).exp()
    noise = torch.empty_like(std.detach()).normal_()
    return noise.mul(std).add(mu)


def stabilised(
    mu: Tensor, logvar: Tensor, *, variance: float = 0.0, deviation: float = 0.0
) -> Tensor:
    """With the small constants that people add, all zero by default."""
    return mu + torch.randn_like(mu) * ((logvar.exp() + variance).sqrt() + deviation)


def read_draw(returned: Any, call: Call) -> Any:
    """The draw's coordinates and all their products, in one vector."""
    draw = read_value(returned, call)
    if tuple(getattr(draw, "shape", ())) != tuple(call.inputs[0].shape):
        raise ContractError(
            f"one draw per row, shape {tuple(call.inputs[0].shape)}",
            f"shape {tuple(getattr(draw, 'shape', ()))}",
            "wrap the callable in a function that returns a single draw",
        )  # fmt: skip
    flat = draw.reshape(-1)
    return torch.cat([flat, torch.outer(flat, flat).reshape(-1)])


def _shapes(call: Call) -> tuple[tuple[int, ...], ...]:
    count = call.inputs[0].numel()
    return ((count + count * count,),)


REPARAMETERIZE = Contract(
    name="reparameterize",
    title="a draw from a diagonal Gaussian",
    inputs=(Input(name="mu", shape="n,k"), Input(name="logvar", shape="n,k")),
    returns="sample[n,k]",
    axes=(second_argument(1),),
    read=read_draw,
    shapes=_shapes,
    references={
        "mean plus deviation times noise": by_hand,
        "torch.distributions": by_distribution,
        "noise filled in place": in_place,
    },
    defects=DEFECTS,
    stabilised=stabilised,
    stabilisers={
        "variance": "added to each variance, under the root",
        "deviation": "added to each standard deviation",
    },
)
