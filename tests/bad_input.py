"""Subjects that no theorem can be told of, named for what is wrong with them."""

from __future__ import annotations

import random
import sys
import time
import warnings
from typing import Any

import numpy as np
import torch

from tightframe.implementations.nt_xent import masked_log_sum_exp as right

Tensor = torch.Tensor
not_callable = 3.14


def takes_one_argument(z: Tensor) -> Tensor:
    return z.sum()


def takes_four_arguments(z1: Tensor, z2: Tensor, labels: Tensor, queue: Tensor) -> Tensor:
    return z1.sum()


def wrong_shape(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    return right(z1, z2, temperature).expand(3, 2)


def wrong_shape_of_odd_batches(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    loss = right(z1, z2, temperature)
    return loss.expand(7) if len(z1) % 2 else loss


def number(z1: Tensor, z2: Tensor, temperature: float) -> float:
    return float(right(z1, z2, temperature).item())


def detached(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    return right(z1, z2, temperature).detach()


@torch.no_grad()
def without_grad(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    return right(z1, z2, temperature)


def not_a_number(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    return right(z1, z2, temperature) * torch.nan


def raises(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    raise RuntimeError("out of luck")


def raises_on_batches_of_three(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    if len(z1) == 3:
        raise IndexError("three is too many")
    return right(z1, z2, temperature)


def mutates_its_input(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    z1.mul_(2)
    return right(z1, z2, temperature)


def mutates_without_trace(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    z2.data *= 2
    return right(z1, z2, temperature)


def draws_from_random(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    return right(z1, z2, temperature) * (1 + 0.1 * random.random())


def draws_from_numpy(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    return right(z1, z2, temperature) * (1 + 0.1 * float(np.random.rand()))  # noqa: NPY002


def draws_waiting_times(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    return right(z1, z2, temperature) * torch.empty_like(z1).exponential_().mean()


def returns_a_dict(z1: Tensor, z2: Tensor, temperature: float) -> dict[str, Tensor]:
    return {"accuracy": torch.zeros(()), "loss": right(z1, z2, temperature)}


def returns_none(z1: Tensor, z2: Tensor, temperature: float) -> None:
    right(z1, z2, temperature)


def returns_a_word(z1: Tensor, z2: Tensor, temperature: float) -> str:
    return "loss"


def returns_a_pair(z1: Tensor, z2: Tensor, temperature: float) -> tuple[Tensor, Tensor]:
    return right(z1, z2, temperature), z1


def numpy_only(z1: Any, z2: Any, temperature: float) -> Any:
    z = np.concatenate([np.asarray(z1), np.asarray(z2)])
    u = z / np.linalg.norm(z, axis=1, keepdims=True)
    scores = u @ u.T / temperature
    partner = np.roll(np.arange(len(z)), len(z) // 2)
    terms = np.where(np.eye(len(z), dtype=bool), -np.inf, scores)
    top = terms.max(1)
    total = np.log(np.exp(terms - top[:, None]).sum(1)) + top
    return (total - scores[np.arange(len(z)), partner]).mean()


class Projected(torch.nn.Module):
    """A loss with float32 parameters inside: a projection that starts as the identity."""

    def __init__(self, temperature: float = 0.5) -> None:
        super().__init__()
        self.temperature, self.scale = temperature, torch.nn.Parameter(torch.ones(()))
        self.heads = torch.nn.ModuleList(torch.nn.Linear(d, d, bias=False) for d in range(1, 65))
        for head in self.heads:
            torch.nn.init.eye_(head.weight)

    def forward(self, z1: Tensor, z2: Tensor) -> Tensor:
        head = self.heads[z1.shape[1] - 1]
        return right(head(z1), head(z2), self.temperature) * self.scale


class ProjectedInFloat64(Projected):
    def __init__(self, temperature: float = 0.5) -> None:
        super().__init__(temperature)
        self.double()


class ConstructorRaises:
    def __init__(self, temperature: float) -> None:
        raise ValueError("no licence")


class ConstructorAsksForMore:
    def __init__(self, temperature: float, device: str) -> None:
        self.temperature, self.device = temperature, device


class TakesNoTemperature:
    def __init__(self, margin: float = 1.0) -> None:
        self.margin = margin

    def __call__(self, z1: Tensor, z2: Tensor) -> Tensor:
        return right(z1, z2, self.margin)


class Tau:
    """Correct, and names its temperature otherwise."""

    def __init__(self, tau: float = 0.5, *, gain: float = 1.0) -> None:
        self.tau, self.gain = tau, gain

    def __call__(self, z1: Tensor, z2: Tensor) -> Tensor:
        return right(z1, z2, self.tau) * self.gain


def changes_torch(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(2)
    torch.manual_seed(1)
    return right(z1, z2, temperature)


def seeds_numpy(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    np.random.seed(1)  # noqa: NPY002
    random.seed(1)
    return right(z1, z2, temperature)


def prints(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    print("noise from the code under audit")
    return right(z1, z2, temperature)


def warns(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    warnings.warn("deprecated since the flood", FutureWarning, stacklevel=2)
    return right(z1, z2, temperature)


def exits(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    sys.exit("good-bye")


def is_interrupted(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    raise KeyboardInterrupt


def never_ends(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    return never_ends(z1, z2, temperature)


def hangs(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    time.sleep(600)
    return right(z1, z2, temperature)


def takes_all_memory(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    return right(z1, z2, temperature) + torch.ones(1 << 32, dtype=torch.float64).sum() * 0
