"""SigLIP's loss: the contract, honest codings, and what is added to them for stability.

Scale and bias are inputs, as both are learned: their gradients are the definition's too.  The wrong
codings are in `siglip_defects`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .added_constants import TO_NORMS, over_norms, plus
from .contract import Axis, Call, Contract, ContractError, Input, Option
from .contrastive import on_inputs
from .logit_scale import exponential, logarithm, normalises
from .siglip_defects import DEFECTS
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["SIGLIP", "by_cross_entropy", "log_sigmoid", "stabilised"]


# -- honest codings -------------------------------------------------------------------------------


def log_sigmoid(image: Tensor, text: Tensor, logit_scale: Tensor, logit_bias: Tensor) -> Tensor:
    """With labels of one on the diagonal and minus one off it."""
    logits = logit_scale * image @ text.T + logit_bias
    labels = 2 * torch.eye(len(image), dtype=logits.dtype, device=logits.device) - 1
    return -torch.nn.functional.logsigmoid(labels * logits).sum() / len(image)


def by_cross_entropy(
    image: Tensor, text: Tensor, logit_scale: Tensor, logit_bias: Tensor
) -> Tensor:
    """As n^2 yes-no questions, row by row."""
    logits = torch.einsum("id,jd->ij", image, text) * logit_scale + logit_bias
    true = torch.eye(len(image), dtype=logits.dtype, device=logits.device)
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, true, reduction="none")
    return loss.sum(dim=1).mean()


def stabilised(
    image: Tensor, text: Tensor, logit_scale: Tensor, logit_bias: Tensor, *,
    normalises: str = "no", norm: float = 0.0, squared_norm: float = 0.0, probability: float = 0.0,
) -> Tensor:  # fmt: skip
    """The definition with the small constants that people add, all zero by default."""
    a, b = image, text
    if normalises != "no":
        a, b = (over_norms(z, norm, squared_norm) for z in (a, b))
    logits = logit_scale * (a @ b.T) + logit_bias
    labels = 2 * torch.eye(len(a), dtype=logits.dtype, device=logits.device) - 1
    told = torch.nn.functional.logsigmoid(labels * logits)
    return -plus(told, probability).sum() / len(a)


# -- conventions ----------------------------------------------------------------------------------


def _third(
    name: str, words: str, change: Callable[[Any], Any], back: Callable[[Any], Any]
) -> Option:
    """The code takes `change` of the scale."""
    return Option(
        name=name, words=words, call=on_inputs(lambda a, b, s, *rest: (a, b, change(s), *rest)),
        write=lambda target: lambda a, b, s, *rest: target(a, b, back(s), *rest),
    )  # fmt: skip


SCALE = Axis(
    name="scale",
    options=(
        Option(name="factor", words="products are multiplied by the scale"),
        _third("log", "products are multiplied by the scale's exponential", logarithm, exponential),
        _third(
            "temperature", "products are divided by the scale", lambda s: 1 / s, lambda t: 1 / t
        ),
    ),
)

BIAS = Axis(
    name="bias",
    options=(
        Option(name="added", words="the bias is added to the scaled products"),
        Option(
            name="subtracted", words="the bias is subtracted from the scaled products",
            call=on_inputs(lambda a, b, s, bias: (a, b, s, -bias)),
            write=lambda target: lambda a, b, s, bias: target(a, b, s, -bias),
        ),
    ),
)  # fmt: skip


def _pairs(call: Call) -> int:
    return len(call.inputs[0])


def _terms(count: Callable[[int], tuple[int, ...]], each: str) -> Callable[[Any, Call], Any]:
    """One term per row, or per pair: their total over n."""

    def total(returned: Any, call: Call) -> Any:
        n, shape = _pairs(call), tuple(getattr(returned, "shape", ()))
        if shape != count(n):
            raise ContractError(
                f"one term per {each}, of shape {count(n)}",
                f"shape {shape}" if shape else "a single number",
                "declare reduction=sum over n, reduction=mean or reduction=sum",
            )
        return returned.sum() / n

    return total


def _times(factor: Callable[[int], float]) -> dict[str, Any]:
    """The two ways of a convention that multiplies the loss by a factor of the number of pairs."""
    return {
        "output": lambda returned, call: returned / factor(_pairs(call)),
        "write": lambda target: lambda image, *rest: target(image, *rest) * factor(len(image)),
    }


REDUCTION = Axis(
    name="reduction",
    options=(
        Option(name="sum over n", words="the sum over all pairs, over the number of images"),
        Option(name="mean", words="the mean over all n^2 pairs", **_times(lambda n: 1 / n)),
        Option(name="sum", words="the sum over all n^2 pairs", **_times(lambda n: n)),
        Option(
            name="per image", words="one term per image, summed over texts",
            output=_terms(lambda n: (n,), "image"),
            write=lambda target: lambda image, *rest: target(image, *rest).expand(len(image)),
        ),
        Option(
            name="none", words="one term per pair", output=_terms(lambda n: (n, n), "pair"),
            write=lambda target: lambda image, *rest: (
                target(image, *rest) / len(image)
            ).expand(len(image), len(image)),
        ),
    ),
)  # fmt: skip

SIGLIP = Contract(
    name="siglip",
    title="SigLIP's loss",
    inputs=(
        Input(name="image", shape="n,d"), Input(name="text", shape="n,d"),
        Input(name="logit_scale", shape=""), Input(name="logit_bias", shape=""),
    ),
    returns="float",
    axes=(SCALE, BIAS, normalises(), REDUCTION),
    shapes=lambda call: ((),),
    references={"log-sigmoid": log_sigmoid, "cross-entropy": by_cross_entropy},
    defects=DEFECTS,
    stabilised=stabilised,
    stabilisers={
        **TO_NORMS,
        "probability": "added to the probabilities, under the logarithm",
    },
)  # fmt: skip
