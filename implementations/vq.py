"""Vector quantization: the contract, honest codings, conventions.

The wrong ones are in `vq_defects`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .contract import Axis, Call, Contract, ContractError, Input, Option
from .tensors import torch
from .vq_defects import DEFECTS

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["VQ", "by_broadcasting", "by_products", "read"]

Found = dict[str, "Tensor"]
NAMES = ("quantized", "index", "loss")


# -- honest codings -------------------------------------------------------------------------------


def by_broadcasting(z: Tensor, codebook: Tensor, beta: float) -> Found:
    """The differences of all rows and codes, and an index."""
    index = (z.detach()[:, None] - codebook.detach()).square().sum(dim=2).argmin(dim=1)
    codes = codebook[index]
    loss = (z.detach() - codes).square().mean() + beta * (z - codes.detach()).square().mean()
    return {"quantized": z + (codes - z).detach(), "index": index, "loss": loss}


def by_products(z: Tensor, codebook: Tensor, beta: float) -> Found:
    """Squares and products, as most code has it, and torch's own embedding and error."""
    squares = z.square().sum(1, keepdim=True) + codebook.square().sum(1)
    index = torch.argmin(squares - 2 * z @ codebook.T, dim=1)
    codes, error = torch.nn.functional.embedding(index, codebook), torch.nn.functional.mse_loss
    loss = error(codes, z.detach()) + beta * error(z, codes.detach())
    return {"quantized": z + (codes - z).detach(), "index": index, "loss": loss}


# -- reading --------------------------------------------------------------------------------------


def read(returned: Any, call: Call) -> Any:
    """Loss, quantized rows and indices in one vector, whose sum has the gradient of the loss and
    what passes straight through.  The parts of a tuple, nested or not, are told apart by what they
    are: the first table of z's shape, the first single number, and what is not floating."""
    found = dict(returned) if isinstance(returned, Mapping) else _sorted(returned, call)
    missing = [name for name in NAMES if name not in found]
    if missing:
        raise ContractError(
            "a dict with the keys quantized, index, loss, or a tuple of the three",
            f"{_named(returned)}, without {' and '.join(missing)}",
            "return {'quantized': ..., 'index': ..., 'loss': ...}",
        )
    shape, loss = tuple(call.inputs[0].shape), found["loss"]
    quantized, index = (torch.as_tensor(found[name]) for name in NAMES[:2])
    if tuple(quantized.shape) != shape or index.numel() != shape[0]:
        raise ContractError(
            f"quantized rows of shape {shape} and an index for each row",
            f"shapes {tuple(quantized.shape)} and {tuple(index.shape)}",
            "return one code and one index per row",
        )
    if getattr(loss, "numel", lambda: 1)() != 1:
        raise ContractError(
            "one number for the loss", f"shape {tuple(loss.shape)}", "average the loss",
        )  # fmt: skip
    loss = torch.as_tensor(loss)
    parts = (loss.reshape(1), quantized.reshape(-1), index.reshape(-1).to(quantized.dtype))
    return torch.cat(parts)


def _sorted(returned: Any, call: Call) -> dict[str, Any]:
    found: dict[str, Any] = {}
    losses: list[Any] = []
    for part in _flat(returned):
        if not hasattr(part, "is_floating_point"):
            continue
        if not part.is_floating_point():
            found.setdefault("index", part)
        elif part.shape == call.inputs[0].shape:
            found.setdefault("quantized", part)
        elif part.shape in ((), (1,)):
            losses.append(part)
    if sum(part.requires_grad for part in losses) > 1:  # a perplexity has no gradient
        raise ContractError(
            "one loss, both terms with their weights", "several numbers that carry a gradient",
            "add them up, or return {'quantized': ..., 'index': ..., 'loss': ...}",
        )  # fmt: skip
    return {**found, "loss": losses[0]} if losses else found


def _flat(returned: Any) -> Iterator[Any]:
    for part in returned if isinstance(returned, (tuple, list)) else ():
        yield from _flat(part) if isinstance(part, (tuple, list)) else (part,)


def _named(returned: Any) -> str:
    if isinstance(returned, Mapping):
        return f"a dict with keys {', '.join(map(str, returned))}"
    if isinstance(returned, (tuple, list)):
        return f"{len(returned)} values"
    return f"a {type(returned).__name__}"


# -- conventions ----------------------------------------------------------------------------------


def _features_averaged(returned: Any, call: Call) -> Any:
    return torch.cat([returned[:1] / call.inputs[0].shape[1], returned[1:]])


def _features_summed(target: Callable[..., Any]) -> Callable[..., Any]:
    def summed(z: Tensor, codebook: Tensor, **named: Any) -> Found:
        found = target(z, codebook, **named)
        return {**found, "loss": found["loss"] * z.shape[1]}

    return summed


FEATURES = Axis(
    name="features",
    options=(
        Option(name="mean", words="errors are averaged over features"),
        Option(
            name="sum", words="errors are summed over features", output=_features_averaged,
            write=_features_summed,
        ),
    ),
)  # fmt: skip


def _beta_exchanged(target: Callable[..., Any]) -> Callable[..., Any]:
    """beta times the loss that has its inverse for beta has the weights the other way round."""

    def exchanged(z: Tensor, codebook: Tensor, beta: float) -> Found:
        found = target(z, codebook, beta=1 / beta)
        return {**found, "loss": beta * found["loss"]}

    return exchanged


BETA = Axis(
    name="beta_on",
    variant=True,
    by_gradient=True,
    options=(
        Option(name="commitment", words="beta is the weight of the commitment term"),
        Option(
            name="codebook",
            words="beta is the weight of the codebook's term (taming-transformers' legacy=True)",
            write=_beta_exchanged,
        ),
    ),
)  # fmt: skip


def _shapes(call: Call) -> tuple[tuple[int, ...], ...]:
    n, d = call.inputs[0].shape
    return ((1 + n * d + n,),)


VQ = Contract(
    name="vq",
    title="vector quantization",
    inputs=(Input(name="z", shape="n,d"), Input(name="codebook", shape="K,d")),
    parameters=("beta",),
    returns="dict of quantized[n,d], index[n] and loss",
    axes=(FEATURES, BETA),
    read=read,
    shapes=_shapes,
    references={"broadcasting": by_broadcasting, "products": by_products},
    defects=DEFECTS,
)
