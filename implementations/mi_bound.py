"""Bounds on mutual information from a batch's scores: contract, honest codings, stabilisers.

The wrong ones are in `mi_bound_defects`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .contract import Axis, Call, Contract, Input, Option
from .gaussian_kl import BASE
from .mi_bound_defects import DEFECTS
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["BOUNDS", "MI_BOUND", "by_cross_entropy", "by_log_sum_exp", "stabilised"]


# -- honest codings -------------------------------------------------------------------------------


def by_cross_entropy(scores: Tensor) -> Tensor:
    """As a classification: row i belongs to class i."""
    labels = torch.arange(len(scores), device=scores.device)
    most = torch.full_like(scores[0, 0], len(scores)).log()
    return most - torch.nn.functional.cross_entropy(scores, labels)


def by_log_sum_exp(scores: Tensor) -> Tensor:
    """The pairs' scores against the log-mean-exp of their rows."""
    n = torch.full_like(scores[0, 0], len(scores))
    return (scores.diagonal() - scores.logsumexp(dim=1) + n.log()).mean()


def both_directions(scores: Tensor) -> Tensor:
    """The mean of queries picking keys and keys picking queries."""
    return (by_log_sum_exp(scores) + by_log_sum_exp(scores.mT)) / 2


def donsker_varadhan(scores: Tensor) -> Tensor:
    """The pairs' mean score, less the log-mean-exp of all that are no pairs."""
    n = len(scores)
    others = scores.masked_fill(torch.eye(n, dtype=torch.bool, device=scores.device), -torch.inf)
    return scores.diagonal().mean() - (others.flatten().logsumexp(0) - math.log(n * (n - 1)))


def donsker_varadhan_of_all(scores: Tensor) -> Tensor:
    return scores.diagonal().mean() - (scores.flatten().logsumexp(0) - math.log(scores.numel()))


def nguyen_wainwright_jordan(scores: Tensor) -> Tensor:
    """The pairs' mean score, less the mean exponential of the others, with one subtracted."""
    n = len(scores)
    apart = ~torch.eye(n, dtype=torch.bool, device=scores.device)
    return scores.diagonal().mean() - (scores[apart] - 1).exp().mean()


def nguyen_wainwright_jordan_of_all(scores: Tensor) -> Tensor:
    return scores.diagonal().mean() - (scores - 1).exp().mean()


BOUNDS: dict[str, tuple[str, Callable[..., Any]]] = {
    "InfoNCE": ("log n less the cross-entropy of queries that pick keys", by_log_sum_exp),
    "InfoNCE both directions": ("the mean of both directions", both_directions),
    "DV": ("Donsker and Varadhan's, its exponentials over the pairs i, j of i != j",
           donsker_varadhan),
    "DV over all pairs": ("Donsker and Varadhan's, over all pairs", donsker_varadhan_of_all),
    "NWJ": ("Nguyen, Wainwright and Jordan's, over i != j", nguyen_wainwright_jordan),
    "NWJ over all pairs": ("Nguyen, Wainwright and Jordan's, over all pairs",
                           nguyen_wainwright_jordan_of_all),
}  # fmt: skip


def stabilised(
    scores: Tensor, *, bound: str = "InfoNCE", probability: float = 0.0, mean: float = 0.0
) -> Tensor:
    """The bound with the small constants that people add, all zero by default."""
    if bound.startswith("InfoNCE"):
        shares = [scores.softmax(dim).diagonal() for dim in (1, 0)[: 1 + (bound != "InfoNCE")]]
        return torch.stack([(s + probability).log().mean() for s in shares]).mean() + math.log(
            len(scores)
        )
    if bound.startswith("NWJ"):
        return BOUNDS[bound][1](scores)
    pairs = scores.diagonal().mean()
    return pairs - ((pairs - BOUNDS[bound][1](scores)).exp() + mean).log()


# -- conventions ----------------------------------------------------------------------------------


def _replaced(coding: Callable[..., Any]) -> Callable[..., Any]:
    return lambda target: coding


BOUND = Axis(
    name="bound",
    variant=True,
    options=tuple(
        Option(name=name, words=words, write=_replaced(coding) if name != "InfoNCE" else None)
        for name, (words, coding) in BOUNDS.items()
    ),
)

SIGN = Axis(
    name="sign",
    options=(
        Option(name="bound", words="what is to be maximised: the bound itself"),
        Option(
            name="loss", words="what is to be minimised: the bound with a minus",
            output=lambda returned, call: -returned,
            write=lambda target: lambda scores: -target(scores),
        ),
    ),
)  # fmt: skip


def _on_scores(change: Callable[[Any], Any]) -> Callable[[Call], Call]:
    return lambda call: call._replace(inputs=(change(call.inputs[0]),))


ANCHORS = Axis(
    name="anchors",
    options=(
        Option(name="rows", words="rows are the queries"),
        Option(
            name="columns", words="columns are the queries", call=_on_scores(lambda s: s.mT),
            write=lambda target: lambda scores: target(scores.mT),
        ),
    ),
)  # fmt: skip

BASELINE = Axis(
    name="baseline",
    options=(
        Option(name="e", words="NWJ subtracts one from the scores itself"),
        Option(
            name="1", words="the scores have it subtracted: 1 + mean score - mean exponential",
            call=_on_scores(lambda s: s - 1),
            write=lambda target: lambda scores: target(scores + 1),
        ),
    ),
)  # fmt: skip

MI_BOUND = Contract(
    name="mi-bound",
    title="a bound on mutual information from a batch's scores",
    inputs=(Input(name="scores", shape="n,n"),),
    returns="float",
    axes=(BOUND, SIGN, ANCHORS, BASELINE, BASE),
    shapes=lambda call: ((),),
    references={"cross-entropy": by_cross_entropy, "log-sum-exp": by_log_sum_exp},
    defects=DEFECTS,
    stabilised=stabilised,
    stabilisers={
        "probability": "added to the pair's probability, under the logarithm",
        "mean": "added to the mean exponential, under the logarithm",
    },
)
