"""The loss of masked reconstruction: the contract, honest codings, conventions.

The wrong ones are in `masked_reconstruction_defects`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .argument_order import ORDER
from .contract import Axis, Call, Contract, Input, Option
from .masked_reconstruction_defects import DEFECTS
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["MASKED_RECONSTRUCTION", "by_index", "by_weights", "stabilised"]


# -- honest codings -------------------------------------------------------------------------------


def by_weights(x: Tensor, x_hat: Tensor, mask: Tensor) -> Tensor:
    """Each patch by the mask, as in the authors' code."""
    loss = (x_hat - x).square().mean(dim=-1)
    return (loss * mask).sum() / mask.sum()


def by_index(x: Tensor, x_hat: Tensor, mask: Tensor) -> Tensor:
    """The removed patches are picked out first."""
    removed = mask > 0.5
    return torch.nn.functional.mse_loss(x_hat[removed], x[removed])


def stabilised(
    x: Tensor, x_hat: Tensor, mask: Tensor, *, patches: str = "removed", count: float = 0.0
) -> Tensor:
    """The definition with the small constant that people add, zero by default."""
    loss, mask = (x_hat - x).square().mean(dim=-1), torch.as_tensor(mask)
    if patches == "all":
        return loss.mean()
    if patches == "removed of all":
        return (loss * mask).mean()
    if patches == "removed by sample":
        return ((loss * mask).sum(dim=1) / (mask.sum(dim=1) + count)).mean()
    return (loss * mask).sum() / (mask.sum() + count)


# -- conventions ----------------------------------------------------------------------------------


def _by_sample(target: Callable[..., Any]) -> Callable[..., Any]:
    def call(x: Tensor, x_hat: Tensor, mask: Tensor) -> Tensor:
        parts = zip(x.split(1), x_hat.split(1), mask.split(1), strict=True)
        return torch.stack([target(*part) for part in parts]).mean()

    return call


PATCHES = Axis(
    name="patches",
    variant=True,
    options=(
        Option(name="removed", words="the mean over all removed patches of the batch"),
        Option(
            name="removed by sample", words="the mean over samples of each one's removed patches",
            write=_by_sample,
        ),
        Option(
            name="removed of all",
            words="removed patches are summed, and divided by the number of all",
            write=lambda target: lambda x, x_hat, mask: target(x, x_hat, mask) * mask.mean(),
        ),
        Option(
            name="all", words="all patches count, removed or not",
            write=lambda target: lambda x, x_hat, mask: target(x, x_hat, torch.ones_like(mask)),
        ),
    ),
)  # fmt: skip

FEATURES = Axis(
    name="features",
    options=(
        Option(name="mean", words="averaged over the features of a patch"),
        Option(
            name="sum", words="summed over the features of a patch",
            output=lambda returned, call: returned / call.inputs[0].shape[-1],
            write=lambda target: lambda x, *rest: target(x, *rest) * x.shape[-1],
        ),
    ),
)  # fmt: skip


def _with_mask(change: Callable[[Any], Any]) -> Callable[[Call], Call]:
    return lambda call: call._replace(inputs=(*call.inputs[:2], change(call.inputs[2])))


MASK = Axis(
    name="ones",
    options=(
        Option(name="removed", words="a one in the mask is a patch that was removed"),
        Option(
            name="kept", words="a one in the mask is a patch that was kept",
            call=_with_mask(lambda mask: 1 - mask),
            write=lambda target: lambda x, x_hat, mask: target(x, x_hat, 1 - mask),
        ),
    ),
)  # fmt: skip

DTYPE = Axis(
    name="mask",
    form=True,
    options=(
        Option(name="numbers", words="the mask is of zeros and ones"),
        Option(
            name="booleans", words="the mask is of booleans",
            call=_with_mask(lambda mask: mask > 0.5),
            write=lambda target: lambda x, x_hat, mask: target(x, x_hat, mask.to(x.dtype)),
        ),
    ),
)  # fmt: skip


# -- contract -------------------------------------------------------------------------------------

MASKED_RECONSTRUCTION = Contract(
    name="masked-reconstruction",
    title="the loss of masked reconstruction",
    inputs=(
        Input(name="x", shape="n,p,d", differentiable=False),
        Input(name="x_hat", shape="n,p,d"),
        Input(name="mask", shape="n,p", differentiable=False, discrete=True),
    ),
    returns="float",
    axes=(
        PATCHES,
        FEATURES,
        MASK,
        DTYPE,  # after what the ones mean: booleans have no difference
        ORDER,  # the order last: the others know x by its place
    ),
    shapes=lambda call: ((),),
    references={"weights": by_weights, "index": by_index},
    defects=DEFECTS,
    stabilised=stabilised,
    stabilisers={"count": "added to the number of removed patches"},
)
