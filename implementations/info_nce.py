"""InfoNCE over a batch: the contract, honest codings, and what is added to them for stability.

The wrong ones are in `info_nce_defects`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .added_constants import TO_NORMS, over_norms, plus
from .contract import Axis, Contract, Input, Option
from .contrastive import FACTOR, NORMALISES, TEMPERATURE, reduction, takes, units
from .info_nce_defects import DEFECTS
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["INFO_NCE", "both_directions", "cross_entropy", "log_softmax", "stabilised"]


# -- honest codings -------------------------------------------------------------------------------


def cross_entropy(query: Tensor, key: Tensor, temperature: float) -> Tensor:
    """As a classification: row i belongs to class i."""
    a, b = (torch.nn.functional.normalize(z, dim=1) for z in (query, key))
    labels = torch.arange(len(a), device=a.device)
    return torch.nn.functional.cross_entropy(a @ b.T / temperature, labels)


def log_softmax(query: Tensor, key: Tensor, temperature: float) -> Tensor:
    """The diagonal of the log-probabilities, of cosines by an einsum."""
    a, b = (z / z.norm(dim=1, keepdim=True) for z in (query, key))
    scores = torch.einsum("id,jd->ij", a, b) / temperature
    return -torch.log_softmax(scores, dim=1).diagonal().mean()


def both_directions(query: Tensor, key: Tensor, temperature: float) -> Tensor:
    """The mean of the two directions."""
    a, b = (torch.nn.functional.normalize(z, dim=1) for z in (query, key))
    scores, labels = a @ b.T / temperature, torch.arange(len(a), device=a.device)
    losses = (torch.nn.functional.cross_entropy(s, labels) for s in (scores, scores.T))
    return sum(losses, start=scores.new_zeros(())) / 2


def both_summed(query: Tensor, key: Tensor, temperature: float) -> Tensor:
    return 2 * both_directions(query, key, temperature)


def stabilised(
    query: Tensor, key: Tensor, temperature: float, *, direction: str = "one",
    norm: float = 0.0, squared_norm: float = 0.0, denominator: float = 0.0,
    probability: float = 0.0, cosine: float = 0.0,
) -> Tensor:  # fmt: skip
    """The definition with the small constants that people add, all zero by default."""
    a, b = (over_norms(z, norm, squared_norm) for z in (query, key))
    cosines = a @ b.T
    scores = (cosines.clamp(max=1 - cosine) if cosine else cosines) / temperature
    total = plus(scores.logsumexp(dim=1), denominator)
    loss = -plus(scores.diagonal() - total, probability).mean()
    if direction == "one":
        return loss
    back = plus(scores.logsumexp(dim=0), denominator)
    both = loss - plus(scores.diagonal() - back, probability).mean()
    return both / 2 if direction == "both" else both


# -- conventions ----------------------------------------------------------------------------------

DIRECTION = Axis(
    name="direction",
    variant=True,
    options=(
        Option(name="one", words="queries pick their keys"),
        Option(
            name="both", words="the mean of queries picking keys and keys picking queries",
            write=lambda target: both_directions,
        ),
        Option(
            name="both summed", words="the sum of the two directions",
            write=lambda target: both_summed,
        ),
    ),
)  # fmt: skip


def _cosines(query: Tensor, key: Tensor) -> Tensor:
    a, b = (z / z.norm(dim=1, keepdim=True) for z in (query, key))
    return a @ b.mT


def _unit_rows(table: Tensor) -> tuple[Tensor, Tensor, float]:
    """Unit vectors whose cosines are a share of the table, and the share: each key has an axis,
    and queries have one more, that makes them as long."""
    longest = float(table.detach().norm(dim=1).max())
    share = 0.5 / longest if longest else 1.0
    known = table * share
    rest = (1 - known.square().sum(1, keepdim=True)).sqrt()
    axes = units(table)
    return torch.cat([known, rest], 1), torch.cat([axes, 0 * axes[:, :1]], 1), share


TAKES = takes(
    "temperature",
    products=("cosines, each query by each key", _cosines),
    scores=("cosines over the temperature, each query by each key", lambda table, t: table / t),
    features=_unit_rows,
)

INFO_NCE = Contract(
    name="info-nce",
    title="InfoNCE over a batch of pairs",
    inputs=(Input(name="query", shape="n,d"), Input(name="key", shape="n,d")),
    parameters=("temperature",),
    returns="float",
    axes=(
        FACTOR,  # before the scale: it means the temperature itself
        NORMALISES,
        TAKES,
        TEMPERATURE,
        reduction(lambda call: len(call.inputs[0]), each="pair", all_of_them="all N pairs"),
        DIRECTION,
    ),
    shapes=lambda call: ((),),
    references={"cross-entropy": cross_entropy, "log-softmax": log_softmax},
    defects=DEFECTS,
    stabilised=stabilised,
    stabilisers={
        **TO_NORMS,
        "denominator": "added to the sum of exponentials",
        "probability": "added to the probability, under the logarithm",
        "cosine": "keeps the cosines below one by a clamp",
    },
)
