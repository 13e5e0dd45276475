"""InfoNCE with explicit negatives: the contract, honest codings, what is added for stability.

The wrong ones are in `info_nce_explicit_defects`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .added_constants import TO_NORMS, over_norms, plus
from .contract import Axis, Call, Contract, Input, Option
from .contrastive import FACTOR, NORMALISES, TEMPERATURE, on_inputs, reduction
from .info_nce_explicit_defects import DEFECTS
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["INFO_NCE_EXPLICIT", "STABILISERS", "cross_entropy", "log_sum_exp", "per_query"]
__all__ += ["queries", "stabilised"]


# -- honest codings -------------------------------------------------------------------------------


def cross_entropy(query: Tensor, positive: Tensor, negatives: Tensor, temperature: float) -> Tensor:
    """As a classification: the positive is in the column zero, the negatives follow."""
    q, p, w = (torch.nn.functional.normalize(z, dim=-1) for z in (query, positive, negatives))
    own = torch.einsum("nd,nd->n", q, p).unsqueeze(-1)
    logits = torch.cat([own, torch.einsum("nd,md->nm", q, w)], dim=1) / temperature
    labels = torch.zeros(len(q), dtype=torch.long, device=q.device)
    return torch.nn.functional.cross_entropy(logits, labels)


def log_sum_exp(query: Tensor, positive: Tensor, negatives: Tensor, temperature: float) -> Tensor:
    """By how much the negatives together come near: log(1 + sum of the gaps' exponentials)."""
    q, p, w = (z / z.norm(dim=-1, keepdim=True) for z in (query, positive, negatives))
    gaps = (q @ w.T - (q * p).sum(dim=1, keepdim=True)) / temperature
    return torch.logaddexp(gaps.logsumexp(dim=1), torch.zeros_like(gaps[:, 0])).mean()


def per_query(query: Tensor, positive: Tensor, negatives: Tensor, temperature: float) -> Tensor:
    """Of negatives [n, m, d], each query sees its own."""
    q, p, w = (torch.nn.functional.normalize(z, dim=-1) for z in (query, positive, negatives))
    scores = torch.einsum("nd,nmd->nm", q, w)
    logits = torch.cat([(q * p).sum(1, keepdim=True), scores], dim=1) / temperature
    return -torch.log_softmax(logits, dim=1)[:, 0].mean()


def stabilised(
    query: Tensor, positive: Tensor, others: Tensor, temperature: float, *,
    negatives: str = "shared", norm: float = 0.0, squared_norm: float = 0.0,
    denominator: float = 0.0, probability: float = 0.0,
) -> Tensor:  # fmt: skip
    """The definition with the small constants that people add, all zero by default."""
    q, p, w = (over_norms(z, norm, squared_norm) for z in (query, positive, others))
    far = q @ w.T if negatives == "shared" else torch.einsum("nd,nmd->nm", q, w)
    own = (q * p).sum(1) / temperature
    total = torch.cat([own[:, None], far / temperature], dim=1).logsumexp(dim=1)
    return -plus(own - plus(total, denominator), probability).mean()


STABILISERS = {
    **TO_NORMS,
    "denominator": "added to the sum of exponentials",
    "probability": "added to the probability, under the logarithm",
}

# -- conventions ----------------------------------------------------------------------------------


def _dealt_out(query: Tensor, positive: Tensor, negatives: Tensor) -> tuple[Tensor, ...]:
    return query, positive, negatives.reshape(len(query), -1, negatives.shape[-1])


NEGATIVES = Axis(
    name="negatives",
    variant=True,
    options=(
        Option(name="shared", words="all queries see the same negatives [m, d]"),
        Option(
            name="per query", words="each query has negatives of its own [n, m, d]",
            call=on_inputs(_dealt_out), write=lambda target: per_query,
        ),
    ),
)  # fmt: skip


def queries(call: Call) -> int:
    return len(call.inputs[0])


INFO_NCE_EXPLICIT = Contract(
    name="info-nce-explicit",
    title="InfoNCE with explicit negatives",
    inputs=(
        Input(name="query", shape="n,d"),
        Input(name="positive", shape="n,d"),
        Input(name="negatives", shape="m,d"),
    ),
    parameters=("temperature",),
    returns="float",
    axes=(
        FACTOR,  # before the scale: it means the temperature itself
        TEMPERATURE,
        NORMALISES,  # before negatives are dealt out: it sees tables of rows
        reduction(queries, each="query", all_of_them="all n queries"),
        NEGATIVES,
    ),
    shapes=lambda call: ((),),
    references={"cross-entropy": cross_entropy, "log-sum-exp of the gaps": log_sum_exp},
    defects=DEFECTS,
    stabilised=stabilised,
    stabilisers=STABILISERS,
)
