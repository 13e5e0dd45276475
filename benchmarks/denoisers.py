"""Denoisers audited by their values: false alarms on the best one, and what is caught of others.

    python -P benchmarks/denoisers.py [--quick]

The prior is a set of points, of which the best denoiser is known.  That one is audited under
`exact` with many seeds: every violation is ours, and so is every name that half-trained networks
are given.  Each wrong denoiser is audited at several numbers of clean rows: how often it is shown
not to be the best one, and how often it is named.  Exits 1 at a false alarm.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

import tightframe as tf
from tightframe.theorems.denoiser import Noisy, oracle

POINTS = ((-0.5, -0.4), (0.5, 0.1), (0.0, 0.5))
SIGMA = 0.5
BOUNDS = (-1.0, 1.0)
Code = Callable[[np.ndarray, float], np.ndarray]


def best(y: np.ndarray, sigma: float) -> np.ndarray:
    """The posterior mean, by the oracle of Tweedie's theorem."""
    rows = tuple(map(tuple, y))
    return np.asarray(oracle(Noisy(rows, (1 / 3,) * 3, POINTS, (0.0,) * 3, sigma)).value)


def quick_best(y: np.ndarray, sigma: float) -> np.ndarray:
    """The same in three lines, for many rows."""
    points = np.array(POINTS)
    weights = np.exp(-((y[:, None] - points) ** 2).sum(2) / (2 * sigma**2))
    return np.asarray(weights @ points / weights.sum(1, keepdims=True))


def wiener(y: np.ndarray, sigma: float) -> np.ndarray:
    points = np.array(POINTS)
    mean = points.mean(0)
    spread = (points - mean).T @ (points - mean) / len(points)
    return np.asarray(mean + (y - mean) @ np.linalg.solve(spread + sigma**2 * np.eye(2), spread))


def step(factor: Callable[[float], float]) -> Code:
    return lambda y, s: y + factor(s) * (quick_best(y, s) - y)


TURN = np.array([[0.0, 0.05], [-0.05, 0.0]])
WRONG: dict[str, Code] = {
    "linear (Wiener's)": wiener,
    "deviation for variance": step(lambda s: 1 / s),
    "no variance": step(lambda s: 1 / s**2),
    "sign": step(lambda s: -1.0),
    "half the step": step(lambda s: 0.5),
    "the noise": lambda y, s: (y - quick_best(y, s)) / s,
    "the score": lambda y, s: (quick_best(y, s) - y) / s**2,
    "scaled by 1 %": lambda y, s: 0.99 * quick_best(y, s),
    "another level, by 10 %": lambda y, s: quick_best(y, 1.1 * s),
    "rotating, by 0.05": lambda y, s: quick_best(y, s) + y @ TURN,
    "y itself": lambda y, s: y,
}


def clean(rows: int, seed: int) -> np.ndarray:
    return np.array(POINTS)[np.random.default_rng([seed, 1]).integers(3, size=rows)]


class Residual(torch.nn.Module):
    """y plus a network that starts at nothing: half trained, its step is too short."""

    def __init__(self) -> None:
        super().__init__()
        last = torch.nn.Linear(64, 2)
        torch.nn.init.zeros_(last.weight)
        self.body = torch.nn.Sequential(torch.nn.Linear(2, 64), torch.nn.SiLU(), last)

    def forward(self, y: Any, sigma: float) -> Any:
        return y + self.body(y)


def half_trained(stages: tuple[int, ...], sigma: float) -> Iterator[tuple[int, Residual]]:
    torch.manual_seed(0)
    net = Residual()
    adam = torch.optim.Adam(net.parameters(), lr=3e-3)
    rows = torch.tensor(clean(20000, 9), dtype=torch.float32)
    for i in range(max(stages) + 1):
        if i in stages:
            yield i, net
        x = rows[torch.randint(len(rows), (256,))]
        loss = (net(x + sigma * torch.randn_like(x), sigma) - x).square().sum(1).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few seeds and rows")
    quick = parser.parse_args().quick
    seeds, sizes, again = (20, (2000,), 2) if quick else (1000, (2000, 10000, 40000), 3)
    probe = clean(50, 0) + 0.3
    assert np.abs(best(probe, SIGMA) - quick_best(probe, SIGMA)).max() < 1e-14
    alarms = sum(
        bool(audited(quick_best, 500 + 1500 * (seed % 2), seed, exact=True).violations)
        for seed in range(seeds)
    )
    print(f"the best denoiser: {alarms} false alarms of {seeds}")
    print(f"\n{'shown, and named, of ' + str(again):24}" + "".join(f"{n:>12}" for n in sizes))
    for name, code in WRONG.items():
        cells = [power(code, n, again) for n in sizes]
        print(f"{name:24}" + "".join(f"{cell:>12}" for cell in cells))
    stages = (1, 5, 30) if quick else (1, 3, 5, 8, 12, 20, 30, 50, 80, 150, 300)
    named = [
        (sigma, i) for sigma in (0.3, 0.5, 2.0) for i, net in half_trained(stages, sigma)
        if tf.audit_denoiser(net, clean(5000, 3), sigma, bounds=BOUNDS).diagnosis
    ]  # fmt: skip
    print(f"\nhalf-trained networks: {len(named)} named of {3 * len(stages)} {named or ''}")
    return 1 if alarms or named else 0


def audited(code: Code, rows: int, seed: int, *, exact: bool = False) -> Any:
    return tf.audit_denoiser(code, clean(rows, seed), SIGMA, bounds=BOUNDS, seed=seed, exact=exact)


def power(code: Code, rows: int, seeds: int) -> str:
    results = [audited(code, rows, seed) for seed in range(seeds)]
    shown = sum(bool(r.diagnosis) or "not the best denoiser" in r.reason for r in results)
    return f"{shown}, {sum(r.diagnosis is not None for r in results)}"


if __name__ == "__main__":
    sys.exit(main())
