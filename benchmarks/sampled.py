"""Unbiased estimates: code that draws, and is the definition in expectation; none may be condemned.

    nox -s bench -- sampled          python -P benchmarks/sampled.py [--quick]

Compares the harness with the truth: every subject below is right, so every violation is ours.  One
check per precision and seed (--quick: one precision, one seed).  Prints, for each subject, rulings,
problems and the largest share of the noise bound that was used; exits 1 at a violation, or where a
cubic polynomial in the numbers drawn uses a quarter of the bound.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any

import torch
from torch.distributions import Independent, Normal, kl_divergence

import tightframe as tf

SHARE = 0.25
PRECISIONS, SEEDS = ("float32", "bfloat16", "float64"), (0, 1)
Code = Callable[[Any, Any], Any]


def posterior(mu: Any, logvar: Any) -> Any:
    return Independent(Normal(mu, (logvar / 2).exp()), 1)


def prior(mu: Any) -> Any:
    return Independent(Normal(0 * mu, 1 + 0 * mu), 1)


def densities(mu: Any, logvar: Any) -> Any:
    q, p = posterior(mu, logvar), prior(mu)
    drawn = q.rsample()
    return q.log_prob(drawn) - p.log_prob(drawn)


def draws(samples: int) -> Code:
    """log q(z)/p(z), averaged over draws from q."""

    def kl(mu: Any, logvar: Any) -> Any:
        noise = torch.randn(samples, *mu.shape, dtype=mu.dtype)
        drawn = mu + (logvar / 2).exp() * noise
        return ((drawn**2 - noise**2 - logvar) / 2).sum(-1).mean(0)

    return kl


def control_variate(mu: Any, logvar: Any) -> Any:
    q, p = posterior(mu, logvar), prior(mu)
    return kl_divergence(q, p) + (q.rsample() - mu).sum(1) * mu.detach().sum(1)


def schulman(mu: Any, logvar: Any) -> Any:
    """r - 1 - log r, r = p/q: no polynomial."""
    noise = torch.randn_like(mu)
    drawn = mu + (logvar / 2).exp() * noise
    log_ratio = (noise**2 + logvar - drawn**2) / 2
    return (log_ratio.exp() - 1 - log_ratio).sum(1)


def weighed(weights: Callable[[Any], Any]) -> Code:
    """Squared errors, weighed at random."""
    return lambda x, x_hat: (weights(x) * (x - x_hat) ** 2).sum(1).mean()


def one_feature(x: Any) -> Any:
    drawn = torch.randint(x.shape[1], (1,))
    return torch.nn.functional.one_hot(drawn, x.shape[1]) * x.shape[1]


POLYNOMIALS: dict[str, tuple[str, Code]] = {
    "densities at one draw": ("gaussian-kl", densities),
    "one draw": ("gaussian-kl", draws(1)),
    "three draws": ("gaussian-kl", draws(3)),
    "a control variate": ("gaussian-kl", control_variate),
    "dropout": (
        "reconstruction-loss",
        weighed(lambda x: torch.nn.functional.dropout(torch.ones_like(x), 0.25)),
    ),
    "a mask": ("reconstruction-loss", weighed(lambda x: (torch.rand_like(x) < 0.5) / 0.5)),
    "one feature": ("reconstruction-loss", weighed(one_feature)),
}
OTHERS: dict[str, tuple[str, Code]] = {"Schulman's third": ("gaussian-kl", schulman)}


def held(contract: str, code: Code, seed: int, dtype: str) -> tuple[str, int, float, list[str]]:
    result = tf.check(code, contract, budget="quick", seed=seed, dtype=dtype)
    used = max((v.used or 0.0 for v in result.verdicts), default=0.0)
    problems = max((v.problems for v in result.verdicts), default=0)
    return result.ruling.value, problems, used, [v.id for v in result.violations]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one precision, one seed")
    quick = parser.parse_args().quick
    faults = []
    for name, (contract, code) in (POLYNOMIALS | OTHERS).items():
        for dtype in PRECISIONS[: 1 if quick else None]:
            for seed in SEEDS[: 1 if quick else None]:
                ruling, problems, used, violated = held(contract, code, seed, dtype)
                print(f"{name:22} {dtype:9} {ruling:10} {problems:3} problems {used:7.2%}")
                if violated:
                    faults.append(f"{name}, {dtype}: {', '.join(violated)}")
                elif name in POLYNOMIALS and used >= SHARE:
                    faults.append(f"{name}, {dtype}: {used:.0%} of the noise bound is used")
    for fault in faults:
        print(f"NOT MET: {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
