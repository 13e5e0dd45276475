"""NT-Xent: the contract, two honest codings, and what is added to them for stability.

The wrong ones are in `nt_xent_defects`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .added_constants import TO_NORMS, over_norms, plus
from .contract import Axis, Contract, Input, Option
from .contrastive import NORMALISES, TEMPERATURE, on_inputs, reduction
from .nt_xent_defects import DEFECTS
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["NT_XENT", "cross_entropy", "decoupled", "masked_log_sum_exp", "stabilised"]


# -- honest codings -------------------------------------------------------------------------------


def masked_log_sum_exp(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    """The definition, line by line: the self-similarity masked by minus infinity."""
    u = torch.nn.functional.normalize(torch.cat([z1, z2]), dim=1)
    scores = u @ u.T / temperature
    itself = torch.eye(len(u), dtype=torch.bool, device=u.device)
    positives = scores.diagonal(len(z1)).repeat(2)
    return (scores.masked_fill(itself, -torch.inf).logsumexp(dim=1) - positives).mean()


def cross_entropy(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    """As a classification among the other 2N-1 embeddings, in four blocks."""
    a, b = (z / z.norm(dim=1, keepdim=True) for z in (z1, z2))
    n = len(a)
    others = ~torch.eye(n, dtype=torch.bool, device=a.device)
    own = [(x @ x.T)[others].view(n, n - 1) for x in (a, b)]
    logits = torch.cat([torch.cat([a @ b.T, own[0]], 1), torch.cat([b @ a.T, own[1]], 1)])
    labels = torch.arange(n, device=a.device).repeat(2)
    return torch.nn.functional.cross_entropy(logits / temperature, labels)


def decoupled(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    """The variant without the positive in the denominator."""
    u = torch.nn.functional.normalize(torch.cat([z1, z2]), dim=1)
    scores = u @ u.T / temperature
    pair = torch.eye(len(z1), dtype=torch.bool, device=u.device).repeat(2, 2)
    positives = scores.diagonal(len(z1)).repeat(2)
    return (scores.masked_fill(pair, -torch.inf).logsumexp(dim=1) - positives).mean()


def stabilised(
    z1: Tensor,
    z2: Tensor,
    temperature: float,
    *,
    positive_in_denominator: str = "yes",
    norm: float = 0.0,
    squared_norm: float = 0.0,
    denominator: float = 0.0,
    probability: float = 0.0,
    cosine: float = 0.0,
) -> Tensor:
    """The definition with the small constants that people add, all zero by default."""
    u = over_norms(torch.cat([z1, z2]), norm, squared_norm)
    cosines = u @ u.T
    scores = (cosines.clamp(max=1 - cosine) if cosine else cosines) / temperature
    out = torch.eye(len(u), dtype=torch.bool, device=u.device)
    if positive_in_denominator == "no":
        out = torch.eye(len(z1), dtype=torch.bool, device=u.device).repeat(2, 2)
    total = plus(scores.masked_fill(out, -torch.inf).logsumexp(dim=1), denominator)
    return -plus(scores.diagonal(len(z1)).repeat(2) - total, probability).mean()


# -- conventions ----------------------------------------------------------------------------------


def _interleave(z1: Tensor, z2: Tensor) -> tuple[Tensor]:
    return (torch.stack([z1, z2], 1).flatten(0, 1),)


def _label(z1: Tensor, z2: Tensor) -> tuple[Tensor, Tensor]:
    return torch.cat([z1, z2]), torch.arange(len(z1), device=z1.device).repeat(2)


VIEWS = Axis(
    name="views",
    form=True,
    options=(
        Option(name="pair", words="two tensors, row i of one the partner of row i of the other"),
        Option(
            name="concatenated", words="one tensor, the first views above the second",
            call=on_inputs(lambda z1, z2: (torch.cat([z1, z2]),)),
            write=lambda target: lambda z, *rest, **named: target(*z.chunk(2), *rest, **named),
        ),
        Option(
            name="interleaved", words="one tensor, partners in neighbouring rows",
            call=on_inputs(_interleave),
            write=lambda target: lambda z, *rest, **named: target(z[::2], z[1::2], *rest, **named),
        ),
        Option(
            name="labels", words="one tensor and one label per row; partners share a label",
            call=on_inputs(_label),
            write=lambda target: lambda z, labels, *rest, **named: target(
                *z[labels.argsort(stable=True)].view(-1, 2, z.shape[1]).unbind(1), *rest, **named
            ),
        ),
    ),
)  # fmt: skip

REDUCTION = reduction(
    lambda call: 2 * len(call.inputs[0]), each="embedding", all_of_them="all 2N embeddings"
)

POSITIVE = Axis(
    name="positive_in_denominator",
    variant=True,
    options=(
        Option(name="yes", words="each row is classified among all the 2N-1 others"),
        Option(
            name="no", words="the positive is left out of the denominator (decoupled)",
            write=lambda target: decoupled,
        ),
    ),
)  # fmt: skip

NT_XENT = Contract(
    name="nt-xent",
    title="NT-Xent",
    inputs=(Input(name="z1", shape="n,d"), Input(name="z2", shape="n,d")),
    parameters=("temperature",),
    returns="float",
    # the layout last: what comes before it still sees the two views
    axes=(TEMPERATURE, NORMALISES, REDUCTION, POSITIVE, VIEWS),
    shapes=lambda call: ((),),
    references={
        "masked log-sum-exp": masked_log_sum_exp,
        "cross-entropy in four blocks": cross_entropy,
    },
    defects=DEFECTS,
    stabilised=stabilised,
    stabilisers={
        **TO_NORMS,
        "denominator": "added to the sum of exponentials",
        "probability": "added to the probability, under the logarithm",
        "cosine": "keeps the cosines below one by a clamp",
    },
)
