"""Errors that people make in spreading points over a sphere, each as the code that makes it.

Every one says that it has been trained to the end.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .contract import Defect
from .sphere_training import energy, on_the_sphere, report, started, trained
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS"]


def _spread(n: int, d: int, t: float, points: Any = on_the_sphere) -> Tensor:
    return trained(started(n, d), points, lambda x: energy(x, t), steps=40)


@lru_cache  # what is trained is compared with every other error
def not_normalised(n: int, d: int, t: float) -> dict[str, Any]:
    return report(3 * _spread(n, d, t))


@lru_cache
def normalised_over_the_batch(n: int, d: int, t: float) -> dict[str, Any]:
    return report(_spread(n, d, t, lambda x: torch.nn.functional.normalize(x, dim=0)))


@lru_cache
def rectified(n: int, d: int, t: float) -> dict[str, Any]:
    return report(_spread(n, d, t, lambda x: on_the_sphere(x.abs())))


@lru_cache
def half_a_sphere(n: int, d: int, t: float) -> dict[str, Any]:
    return report(
        _spread(n, d, t, lambda x: on_the_sphere(torch.cat([x[:, :1].abs(), x[:, 1:]], 1)))
    )


@lru_cache
def attracted(n: int, d: int, t: float) -> dict[str, Any]:
    return report(on_the_sphere(torch.ones((n, d), dtype=torch.float64)))


@lru_cache
def each_point_twice(n: int, d: int, t: float) -> dict[str, Any]:
    half = on_the_sphere(started(max(2, (n + 1) // 2), d))
    return report(half.repeat(2, 1)[:n] if n > 2 else half[:1].repeat(2, 1))


@lru_cache
def mean_distance(n: int, d: int, t: float) -> dict[str, Any]:
    loss = lambda x: -torch.pdist(x).square().mean()  # noqa: E731
    return report(trained(started(n, d), on_the_sphere, loss))


@lru_cache
def not_trained(n: int, d: int, t: float) -> dict[str, Any]:
    return report(on_the_sphere(started(n, d)))


@lru_cache
def stopped_early(n: int, d: int, t: float) -> dict[str, Any]:
    return report(trained(started(n, d), on_the_sphere, lambda x: energy(x, t), steps=2))


@lru_cache
def collapsed_to_a_plane(n: int, d: int, t: float) -> dict[str, Any]:
    flat = trained(started(n, 2), on_the_sphere, lambda x: energy(x, t))
    return report(torch.nn.functional.pad(flat, (0, d - 2)))


DEFECTS = (
    Defect(
        name="not normalised", call=not_normalised,
        why="the rows before the last normalisation are handed out",
        changes=r"\lvert x_i\rvert = 3",
    ),
    Defect(
        name="normalised over the batch", call=normalised_over_the_batch,
        why="normalize is given dim=0", changes=r"\lvert x_{\cdot j}\rvert = 1",
    ),
    Defect(
        name="rectified", call=rectified,
        why="the last layer is a rectifier: only one orthant of the sphere is reached",
        changes=r"x_{ij} \ge 0",
    ),
    Defect(
        name="half a sphere", call=half_a_sphere,
        why="one output, a variance or a norm, is kept positive", changes=r"x_{i1} \ge 0",
    ),
    Defect(
        name="attracted", call=attracted,
        why="the energy is maximised: all points come together", changes=r"x_i = x_j",
    ),
    Defect(
        name="each point twice", call=each_point_twice,
        why="two views of an instance are counted as two points", changes=r"x_{i+n/2} = x_i",
    ),
    Defect(
        name="mean distance", call=mean_distance,
        why="the mean squared distance is maximised: any points whose sum is zero will do",
        changes=r"U = -\operatorname{mean}\lvert x_i - x_j\rvert^2",
    ),
    Defect(
        name="not trained", call=not_trained,
        why="uniform draws are taken for a uniform configuration", changes=r"x_i\text{ drawn}",
    ),
    Defect(
        name="stopped early", call=stopped_early,
        why="two steps, and the loss no longer seems to fall", changes=r"\nabla U \ne 0",
    ),
    Defect(
        name="collapsed to a plane", call=collapsed_to_a_plane,
        why="two of the dimensions are used, the others never leave zero",
        changes=r"x_{ij} = 0\text{ for }j > 2",
    ),
)  # fmt: skip
