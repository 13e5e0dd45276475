"""Errors that people make in InfoNCE over a batch, each as the code that makes it.

Where a public thread is named, CONVENTIONS in the design notes the same error there, some of them
in a sibling loss of the same shape.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import Defect
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS", "picks", "unit"]


def unit(*inputs: Tensor) -> tuple[Tensor, ...]:
    return tuple(torch.nn.functional.normalize(z, dim=1) for z in inputs)


def picks(scores: Tensor) -> Tensor:
    """The cross-entropy of rows that each pick the column of their own number."""
    return (scores.logsumexp(1) - scores.diagonal()).mean()


def _right(query: Tensor, key: Tensor, temperature: float) -> Tensor:
    a, b = unit(query, key)
    return picks(a @ b.T / temperature)


def temperature_forgotten(query: Tensor, key: Tensor, temperature: float) -> Tensor:
    return _right(query, key, 1.0)


def temperature_multiplied(query: Tensor, key: Tensor, temperature: float) -> Tensor:
    return _right(query, key, 1 / temperature)


def temperature_squared(query: Tensor, key: Tensor, temperature: float) -> Tensor:
    return _right(query, key, temperature**2)


def temperature_on_the_positive_only(query: Tensor, key: Tensor, temperature: float) -> Tensor:
    a, b = unit(query, key)
    scores = a @ b.T
    return (scores.logsumexp(1) - scores.diagonal() / temperature).mean()


def temperature_on_the_denominator_only(query: Tensor, key: Tensor, temperature: float) -> Tensor:
    a, b = unit(query, key)
    scores = a @ b.T
    return ((scores / temperature).logsumexp(1) - scores.diagonal()).mean()


def the_other_direction(query: Tensor, key: Tensor, temperature: float) -> Tensor:
    return _right(key, query, temperature)


def soft_max_over_the_whole_table(query: Tensor, key: Tensor, temperature: float) -> Tensor:
    a, b = unit(query, key)
    scores = a @ b.T / temperature
    return scores.flatten().logsumexp(0) - scores.diagonal().mean()


def queries_compared_with_queries(query: Tensor, key: Tensor, temperature: float) -> Tensor:
    a, b = unit(query, key)
    scores = torch.where(torch.eye(len(a), dtype=torch.bool), a @ b.T, a @ a.T)
    return picks(scores / temperature)


def normalised_over_the_batch(query: Tensor, key: Tensor, temperature: float) -> Tensor:
    a, b = (torch.nn.functional.normalize(z, dim=0) for z in (query, key))
    return picks(a @ b.T / temperature)


def normalised_by_the_whole_norm(query: Tensor, key: Tensor, temperature: float) -> Tensor:
    a, b = (z / z.norm() for z in (query, key))
    return picks(a @ b.T / temperature)


def not_normalised(query: Tensor, key: Tensor, temperature: float) -> Tensor:
    return picks(query @ key.T / temperature)


def keys_not_normalised(query: Tensor, key: Tensor, temperature: float) -> Tensor:
    (a,) = unit(query)
    return picks(a @ key.T / temperature)


def norm_detached(query: Tensor, key: Tensor, temperature: float) -> Tensor:
    a, b = (z / z.norm(dim=1, keepdim=True).detach() for z in (query, key))
    return picks(a @ b.T / temperature)


def positive_left_out(query: Tensor, key: Tensor, temperature: float) -> Tensor:
    a, b = unit(query, key)
    scores = a @ b.T / temperature
    others = scores.masked_fill(torch.eye(len(a), dtype=torch.bool), -torch.inf)
    return (others.logsumexp(1) - scores.diagonal()).mean()


def positive_counted_twice(query: Tensor, key: Tensor, temperature: float) -> Tensor:
    a, b = unit(query, key)
    scores = a @ b.T / temperature
    twice = torch.logaddexp(scores.logsumexp(1), scores.diagonal())
    return (twice - scores.diagonal()).mean()


def positive_masked_by_zero(query: Tensor, key: Tensor, temperature: float) -> Tensor:
    a, b = unit(query, key)
    scores = a @ b.T / temperature
    masked = scores * (1 - torch.eye(len(a), dtype=scores.dtype))
    return (masked.logsumexp(1) - scores.diagonal()).mean()


def sum_in_place_of_mean(query: Tensor, key: Tensor, temperature: float) -> Tensor:
    return _right(query, key, temperature) * len(query)


def keys_detached(query: Tensor, key: Tensor, temperature: float) -> Tensor:
    return _right(query, key.detach(), temperature)


def negatives_detached(query: Tensor, key: Tensor, temperature: float) -> Tensor:
    a, b = unit(query, key)
    own = torch.eye(len(a), dtype=torch.bool)
    return picks(torch.where(own, a @ b.T, a @ b.detach().T) / temperature)


def mean_inside_the_logarithm(query: Tensor, key: Tensor, temperature: float) -> Tensor:
    a, b = unit(query, key)
    scores = a @ b.T / temperature
    return -(scores.diagonal() - scores.logsumexp(1)).exp().mean().log()


def mean_in_the_denominator(query: Tensor, key: Tensor, temperature: float) -> Tensor:
    a, b = unit(query, key)
    return picks(a @ b.T / temperature) - torch.tensor(float(len(a)), dtype=a.dtype).log()


def soft_max_taken_twice(query: Tensor, key: Tensor, temperature: float) -> Tensor:
    a, b = unit(query, key)
    return picks((a @ b.T / temperature).softmax(1))


def distances_in_place_of_cosines(query: Tensor, key: Tensor, temperature: float) -> Tensor:
    a, b = unit(query, key)
    return picks((2 - 2 * a @ b.T) / temperature)


def exponentials_unshifted(query: Tensor, key: Tensor, temperature: float) -> Tensor:
    a, b = unit(query, key)
    weights = (a @ b.T / temperature).exp()
    return -(weights.diagonal() / weights.sum(1)).log().mean()


DEFECTS = (
    Defect(
        name="temperature forgotten", call=temperature_forgotten,
        why="the parameter is accepted and stored, and never used",
        changes=r"s_{ij} = u_i \cdot v_j", seen_in=("huiserwang/ContrastMask#4",),
    ),
    Defect(
        name="temperature multiplied", call=temperature_multiplied,
        why="a logit scale (CLIP's) and a temperature are each other's inverse",
        changes=r"s_{ij} = \tau\,u_i \cdot v_j", seen_in=("bowang-lab/BLEEP#5",),
    ),
    Defect(
        name="temperature squared", call=temperature_squared,
        why="both factors are divided by the temperature before the product",
        changes=r"s_{ij} = u_i \cdot v_j/\tau^2",
    ),
    Defect(
        name="temperature on the positive only", call=temperature_on_the_positive_only,
        why="numerator and denominator are written apart, and one is forgotten",
        changes=r"s_{ii} = u_i \cdot v_i/\tau,\ s_{ij} = u_i \cdot v_j\text{ below}",
    ),
    Defect(
        name="temperature on the denominator only", call=temperature_on_the_denominator_only,
        why="numerator and denominator are written apart, and one is forgotten",
        changes=r"s_{ii} = u_i \cdot v_i\text{ above}",
    ),
    Defect(
        name="the other direction", call=the_other_direction,
        why="dim=0 in place of dim=1, or the table transposed: keys pick their queries",
        changes=r"\log\sum_j e^{s_{ij}} \to \log\sum_j e^{s_{ji}}",
    ),
    Defect(
        name="soft-max over the whole table", call=soft_max_over_the_whole_table,
        why="the axis is left out of the log-sum-exp",
        changes=r"\log\sum_j e^{s_{ij}} \to \log\sum_{i,j} e^{s_{ij}}",
    ),
    Defect(
        name="queries compared with queries", call=queries_compared_with_queries,
        why="one view's variable is used twice where the negatives are formed",
        changes=r"s_{ij} = u_i \cdot u_j/\tau\text{ for } j \ne i",
        seen_in=("microsoft/A-CLIP#4",),
    ),
    Defect(
        name="normalised over the batch", call=normalised_over_the_batch,
        why="dim=0 in place of dim=1", changes=r"u_{ik} = q_{ik}/\lVert q_{\cdot k}\rVert",
    ),
    Defect(
        name="normalised by the whole norm", call=normalised_by_the_whole_norm,
        why="the axis is left out of the norm", changes=r"u_i = q_i/\lVert Q\rVert_F",
        seen_in=("tensorflow/similarity#237",),
    ),
    Defect(
        name="not normalised", call=not_normalised, why="inner products are taken for cosines",
        changes=r"s_{ij} = q_i \cdot k_j/\tau", seen_in=("lucidrains/CoCa-pytorch#10",),
    ),
    Defect(
        name="keys not normalised", call=keys_not_normalised,
        why="the key encoder's output is used as it is", changes=r"s_{ij} = u_i \cdot k_j/\tau",
    ),
    Defect(
        name="norm detached", call=norm_detached, why="the norm is computed under no_grad",
        changes=r"\nabla: (I - uu^\top) \to I",
    ),
    Defect(
        name="positive left out of the denominator", call=positive_left_out,
        why="the denominator is read as a sum over negatives", changes=r"\sum_j \to \sum_{j \ne i}",
    ),
    Defect(
        name="positive counted twice", call=positive_counted_twice,
        why="the positive is concatenated with all keys, among which it already is",
        changes=r"\sum_j e^{s_{ij}} + e^{s_{ii}}",
    ),
    Defect(
        name="positive masked by zero", call=positive_masked_by_zero,
        why="a 0/1 mask multiplies the scores before the exponential, which leaves e^0 = 1",
        changes=r"e^{s_{ii}} \to e^0\text{ below}",
    ),
    Defect(
        name="sum in place of mean", call=sum_in_place_of_mean,
        why="the division by the number of pairs is forgotten", changes=r"\tfrac1N\sum \to \sum",
    ),
    Defect(
        name="keys detached", call=keys_detached,
        why="the target network's habit (BYOL, MoCo) is carried over", changes=r"\nabla_k L = 0",
        seen_in=("facebookresearch/vissl#123",),
    ),
    Defect(
        name="negatives detached", call=negatives_detached,
        why="the keys of other pairs are detached, as in a memory bank",
        changes=r"\nabla_{v_j} \to \nabla_{v_j}\ell_j\text{ alone}",
    ),
    Defect(
        name="mean inside the logarithm", call=mean_inside_the_logarithm,
        why="probabilities are averaged before the logarithm is taken",
        changes=r"-\tfrac1N\sum\log p_i \to -\log\tfrac1N\sum p_i",
        seen_in=("KevinMusgrave/pytorch-metric-learning#21",),
    ),
    Defect(
        name="mean in the denominator", call=mean_in_the_denominator,
        why="the bound's log N is taken into the loss, as a mean of exponentials",
        changes=r"L \to L - \log N",
    ),
    Defect(
        name="soft-max taken twice", call=soft_max_taken_twice,
        why="probabilities are handed to a cross-entropy that expects logits",
        changes=r"s \to \operatorname{softmax}(s)",
    ),
    Defect(
        name="distances in place of cosines", call=distances_in_place_of_cosines,
        why="a squared distance is used as a similarity, its sign forgotten",
        changes=r"s_{ij} = \lVert u_i - v_j\rVert^2/\tau",
    ),
    Defect(
        name="exponentials not shifted", call=exponentials_unshifted,
        why="exp and log are written out; e^(1/tau) leaves float32 below tau = 0.0113",
        changes=r"\log\sum e^{s}\text{ without its maximum}",
        seen_in=("Lightning-Universe/lightning-bolts#811",), rounding=True,
    ),
)  # fmt: skip
