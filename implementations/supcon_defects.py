"""Errors that people make in the supervised contrastive loss, each as the code that makes it.

Where a public thread is named, it shows the same error, or the same in a sibling loss.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import Defect
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS"]


def _unit(features: Tensor) -> Tensor:
    return torch.nn.functional.normalize(features, dim=1)


def _itself(labels: Tensor) -> Tensor:
    return torch.eye(len(labels), dtype=torch.bool, device=labels.device)


def _same(labels: Tensor) -> Tensor:
    """The table of positives, the diagonal left out."""
    return (labels[:, None] == labels) & ~_itself(labels)


def _logs(scores: Tensor, left_out: Tensor) -> Tensor:
    """log-probabilities [n, n], what is left out being out of the denominator."""
    return scores - scores.masked_fill(left_out, -torch.inf).logsumexp(1, keepdim=True)


def _mean(logs: Tensor, same: Tensor) -> Tensor:
    """Over each anchor's positives, then over the anchors that have one."""
    anchors = same.any(1)
    return -((logs * same).sum(1)[anchors] / same.sum(1)[anchors]).mean()


def _right(u: Tensor, labels: Tensor, temperature: float) -> Tensor:
    return _mean(_logs(u @ u.T / temperature, _itself(labels)), _same(labels))


def temperature_forgotten(features: Tensor, labels: Tensor, temperature: float) -> Tensor:
    return _right(_unit(features), labels, 1.0)


def temperature_multiplied(features: Tensor, labels: Tensor, temperature: float) -> Tensor:
    return _right(_unit(features), labels, 1 / temperature)


def temperature_squared(features: Tensor, labels: Tensor, temperature: float) -> Tensor:
    return _right(_unit(features), labels, temperature**2)


def not_normalised(features: Tensor, labels: Tensor, temperature: float) -> Tensor:
    return _right(features, labels, temperature)


def normalised_over_the_batch(features: Tensor, labels: Tensor, temperature: float) -> Tensor:
    return _right(torch.nn.functional.normalize(features, dim=0), labels, temperature)


def norm_detached(features: Tensor, labels: Tensor, temperature: float) -> Tensor:
    return _right(features / features.norm(dim=1, keepdim=True).detach(), labels, temperature)


def itself_in_the_denominator(features: Tensor, labels: Tensor, temperature: float) -> Tensor:
    u = _unit(features)
    nothing = torch.zeros_like(_itself(labels))
    return _mean(_logs(u @ u.T / temperature, nothing), _same(labels))


def itself_masked_by_zero(features: Tensor, labels: Tensor, temperature: float) -> Tensor:
    u = _unit(features)
    scores = (u @ u.T / temperature).masked_fill(_itself(labels), 0.0)
    return _mean(scores.log_softmax(1), _same(labels))


def itself_among_the_positives(features: Tensor, labels: Tensor, temperature: float) -> Tensor:
    u = _unit(features)
    logs = _logs(u @ u.T / temperature, _itself(labels))
    same, alone = labels[:, None] == labels, ~_same(labels).any(1)
    return _mean(logs, same & ~alone[:, None])


def itself_counted_in_the_mean(features: Tensor, labels: Tensor, temperature: float) -> Tensor:
    u, same = _unit(features), _same(labels)
    logs, anchors = _logs(u @ u.T / temperature, _itself(labels)), same.any(1)
    return -((logs * same).sum(1)[anchors] / (same.sum(1)[anchors] + 1)).mean()


def positives_summed(features: Tensor, labels: Tensor, temperature: float) -> Tensor:
    u, same = _unit(features), _same(labels)
    logs = _logs(u @ u.T / temperature, _itself(labels))
    return -(logs * same).sum(1)[same.any(1)].mean()


def divided_by_all_rows(features: Tensor, labels: Tensor, temperature: float) -> Tensor:
    u, same = _unit(features), _same(labels)
    logs = _logs(u @ u.T / temperature, _itself(labels))
    return -(logs * same).mean(1)[same.any(1)].mean()


def mean_over_pairs(features: Tensor, labels: Tensor, temperature: float) -> Tensor:
    u, same = _unit(features), _same(labels)
    return -_logs(u @ u.T / temperature, _itself(labels))[same].mean()


def one_positive_only(features: Tensor, labels: Tensor, temperature: float) -> Tensor:
    u, same = _unit(features), _same(labels)
    first = torch.nn.functional.one_hot(same.long().argmax(1), len(u)).bool() & same
    return _mean(_logs(u @ u.T / temperature, _itself(labels)), first)


def other_positives_left_out(features: Tensor, labels: Tensor, temperature: float) -> Tensor:
    u, same = _unit(features), _same(labels)
    scores = u @ u.T / temperature
    negatives = scores.masked_fill(same | _itself(labels), -torch.inf).logsumexp(1, keepdim=True)
    return _mean(scores - torch.logaddexp(scores, negatives), same)


def positives_left_out(features: Tensor, labels: Tensor, temperature: float) -> Tensor:
    u, same = _unit(features), _same(labels)
    return _mean(_logs(u @ u.T / temperature, same | _itself(labels)), same)


def denominator_over_positives(features: Tensor, labels: Tensor, temperature: float) -> Tensor:
    u, same = _unit(features), _same(labels)
    scores, anchors = u @ u.T / temperature, _same(labels).any(1)
    return _mean(_logs(scores[anchors], ~same[anchors]), same[anchors])


def classes_exchanged(features: Tensor, labels: Tensor, temperature: float) -> Tensor:
    u = _unit(features)
    other = (labels[:, None] != labels) & _same(labels).any(1)[:, None]
    return _mean(_logs(u @ u.T / temperature, _itself(labels)), other)


def soft_max_over_the_whole_table(features: Tensor, labels: Tensor, temperature: float) -> Tensor:
    u = _unit(features)
    scores = u @ u.T / temperature
    total = scores[~_itself(labels)].logsumexp(0)
    return _mean(scores - total, _same(labels))


def mean_inside_the_logarithm(features: Tensor, labels: Tensor, temperature: float) -> Tensor:
    u, same = _unit(features), _same(labels)
    logs, anchors = _logs(u @ u.T / temperature, _itself(labels)), same.any(1)
    shares = (logs.exp() * same).sum(1)[anchors] / same.sum(1)[anchors]
    return -shares.mean().log()


def contrast_detached(features: Tensor, labels: Tensor, temperature: float) -> Tensor:
    u = _unit(features)
    return _mean(_logs(u @ u.detach().T / temperature, _itself(labels)), _same(labels))


def sum_in_place_of_mean(features: Tensor, labels: Tensor, temperature: float) -> Tensor:
    return _right(_unit(features), labels, temperature) * _same(labels).any(1).sum()


def exponentials_unshifted(features: Tensor, labels: Tensor, temperature: float) -> Tensor:
    u, same = _unit(features), _same(labels)
    weights = (u @ u.T / temperature).exp()
    total = weights.masked_fill(_itself(labels), 0.0).sum(1, keepdim=True)
    return _mean((weights / total).log(), same)


DEFECTS = (
    Defect(
        name="temperature forgotten", call=temperature_forgotten,
        why="the parameter is accepted and stored, and never used",
        changes=r"s_{ij} = u_i \cdot u_j", seen_in=("huiserwang/ContrastMask#4",),
    ),
    Defect(
        name="temperature multiplied", call=temperature_multiplied,
        why="a logit scale and a temperature are each other's inverse",
        changes=r"s_{ij} = \tau\,u_i \cdot u_j",
    ),
    Defect(
        name="temperature squared", call=temperature_squared,
        why="both factors are divided by the temperature before the product",
        changes=r"s_{ij} = u_i \cdot u_j/\tau^2",
    ),
    Defect(
        name="not normalised", call=not_normalised,
        why="the authors' code leaves the norms to the network, and copies of it lose them",
        changes=r"s_{ij} = z_i \cdot z_j/\tau", seen_in=("HobbitLong/SupContrast#50",),
    ),
    Defect(
        name="normalised over the batch", call=normalised_over_the_batch,
        why="dim=0 in place of dim=1", changes=r"u_{ik} = z_{ik}/\lVert z_{\cdot k}\rVert",
    ),
    Defect(
        name="norm detached", call=norm_detached, why="the norm is computed under no_grad",
        changes=r"\nabla: (I - uu^\top) \to I",
    ),
    Defect(
        name="itself in the denominator", call=itself_in_the_denominator,
        why="the mask of the diagonal is applied to the positives only",
        changes=r"\sum_{a \ne i} \to \sum_a",
    ),
    Defect(
        name="itself masked by zero", call=itself_masked_by_zero,
        why="a 0/1 mask multiplies the scores before the exponential, which leaves e^0 = 1",
        changes=r"e^{s_{ii}} \to e^0\text{ below}",
    ),
    Defect(
        name="itself among the positives", call=itself_among_the_positives,
        why="labels == labels.T is true on the diagonal", changes=r"P(i) \to P(i) \cup \{i\}",
    ),
    Defect(
        name="itself counted in the mean", call=itself_counted_in_the_mean,
        why="the positives are masked, and their number is taken before they are",
        changes=r"1/\lvert P(i)\rvert \to 1/(\lvert P(i)\rvert + 1)",
    ),
    Defect(
        name="positives summed", call=positives_summed,
        why="the division by the number of positives is forgotten",
        changes=r"1/\lvert P(i)\rvert \to 1",
    ),
    Defect(
        name="divided by the number of rows", call=divided_by_all_rows,
        why="a masked table is averaged by .mean(1), zeros included",
        changes=r"1/\lvert P(i)\rvert \to 1/N",
    ),
    Defect(
        name="mean over pairs", call=mean_over_pairs,
        why="logs[mask].mean() weighs large classes by the square of their size",
        changes=r"\tfrac1N\sum_i\tfrac1{\lvert P(i)\rvert}\sum_p \to"
        r" \sum_{i,p}/\sum_i\lvert P(i)\rvert",
    ),
    Defect(
        name="one positive only", call=one_positive_only,
        why="NT-Xent's code is kept, and a class's other rows are forgotten",
        changes=r"P(i) \to \{\min P(i)\}",
    ),
    Defect(
        name="other positives left out of the denominator", call=other_positives_left_out,
        why="each positive is contrasted with the negatives alone, as in losses over pairs",
        changes=r"\sum_{a \ne i}e^{s_{ia}} \to e^{s_{ip}} + \sum_{a \in N(i)}e^{s_{ia}}",
    ),
    Defect(
        name="positives left out of the denominator", call=positives_left_out,
        why="the denominator is read as a sum over negatives",
        changes=r"\sum_{a \ne i} \to \sum_{a \in N(i)}",
    ),
    Defect(
        name="denominator over the positives", call=denominator_over_positives,
        why="the mask of positives is applied to the scores before the soft-max",
        changes=r"\sum_{a \ne i} \to \sum_{a \in P(i)}",
    ),
    Defect(
        name="classes exchanged", call=classes_exchanged,
        why="the mask is of different labels in place of equal ones",
        changes=r"P(i) \to N(i)",
    ),
    Defect(
        name="soft-max over the whole table", call=soft_max_over_the_whole_table,
        why="the axis is left out of the log-sum-exp",
        changes=r"\log\sum_{a \ne i}e^{s_{ia}} \to \log\sum_{i}\sum_{a \ne i}e^{s_{ia}}",
    ),
    Defect(
        name="mean over anchors inside the logarithm", call=mean_inside_the_logarithm,
        why="probabilities are averaged over everything before the logarithm is taken",
        changes=r"-\tfrac1N\sum\log p_i \to -\log\tfrac1N\sum p_i",
    ),
    Defect(
        name="contrast detached", call=contrast_detached,
        why="the target network's habit (BYOL, MoCo) is carried over",
        changes=r"\nabla_{u_j} \to \nabla_{u_j}\ell_j\text{ alone}",
    ),
    Defect(
        name="sum in place of mean", call=sum_in_place_of_mean,
        why="the division by the number of anchors is forgotten", changes=r"\tfrac1N\sum \to \sum",
    ),
    Defect(
        name="exponentials not shifted", call=exponentials_unshifted,
        why="exp and log are written out; e^(1/tau) leaves float32 below tau = 0.0113",
        changes=r"\log\sum e^{s}\text{ without its maximum}",
        seen_in=("Lightning-Universe/lightning-bolts#811",), rounding=True,
    ),
)  # fmt: skip
