"""What the book's page on shadow execution is shown on: torch's own KL, and three codings of ours.

Each of the three has one thing that a tolerance cannot tell from rounding, or that no twin can
follow: a constant in a norm, a factor that rounds to one, a detour through NumPy.
`tightframe.checks.shadow_example` runs them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["a_trifle_too_much", "careful", "kl_of_torch", "through_numpy"]


def kl_of_torch(mu: Tensor, std: Tensor) -> Tensor:
    normal, rows = torch.distributions.Normal, torch.distributions.Independent
    posterior = rows(normal(mu, std), 1)
    prior = rows(normal(torch.zeros_like(mu), torch.ones_like(std)), 1)
    return torch.distributions.kl_divergence(posterior, prior)


def careful(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    z = torch.cat([z1, z2])
    u = z / (z.norm(dim=1, keepdim=True) + 1e-8)
    return _nt_xent(u @ u.T / temperature)


def a_trifle_too_much(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    u = torch.nn.functional.normalize(torch.cat([z1, z2]), dim=1)
    trifle = torch.full((), 1e-15, dtype=u.dtype) ** 2
    return _nt_xent(u @ u.T / temperature) * (1 + trifle)


def through_numpy(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    u = torch.nn.functional.normalize(torch.cat([z1, z2]), dim=1)
    largest = float((u @ u.T).detach().numpy().max())
    return _nt_xent((u @ u.T - largest) / temperature)


def _nt_xent(scores: Tensor) -> Tensor:
    """The loss of scores that are divided by the temperature already."""
    itself = torch.eye(len(scores), dtype=torch.bool, device=scores.device)
    positives = scores.diagonal(len(scores) // 2).repeat(2)
    return (scores.masked_fill(itself, -torch.inf).logsumexp(dim=1) - positives).mean()
