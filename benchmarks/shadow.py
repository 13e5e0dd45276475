"""What a probe under the shadow costs, and that cost grows with the number of scalar operations.

Prints milliseconds per probe, without and with gradients, for each formula contract's reference;
then time and memory against the batch size for a softmax over rows.  Exits with 1 where NT-Xent on
4 pairs of 4 numbers costs more than 10 ms (20 ms with gradients), or growth is not linear.
Times are the process's own, the least of several runs: other programs may be running.
"""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable
from time import process_time
from typing import Any

import torch
import torch.nn.functional as F

from tightframe.checks.catalogue import PAIRINGS
from tightframe.checks.shadow import Shadow, shadow_mode, without_escapes
from tightframe.checks.shadowed import probes
from tightframe.checks.trial import Trial
from tightframe.implementations.implementation import accept

RUNS = 15
VALUE_MS, GRADIENT_MS = 10.0, 20.0
SIZES = (16, 64, 256, 1024)
SLACK = 1.5  # of cost per number, from the smallest size to the largest


def cost(code: Callable[..., Any], inputs: list[Any], *, gradient: bool) -> float:
    """Milliseconds of this process, the least of some runs."""

    def once() -> float:
        handed = [x.clone().requires_grad_() if hasattr(x, "clone") else x for x in inputs]
        leaves = [x for x in handed if hasattr(x, "clone")]  # the rest is callables of ours
        start = process_time()
        with without_escapes(shadow := Shadow()), shadow_mode(shadow):
            value = code(*handed)
            if gradient:
                torch.autograd.grad(value.sum(), leaves, allow_unused=True)
        return (process_time() - start) * 1e3

    return min(once() for _ in range(RUNS))


def nt_xent(a: Any, b: Any) -> Any:
    n, rows = len(a), F.normalize(torch.cat([a, b]), dim=1)
    similarity = (rows @ rows.T / 0.5).masked_fill(torch.eye(2 * n, dtype=torch.bool), -torch.inf)
    return F.cross_entropy(similarity, torch.arange(2 * n).roll(n))


def peak(code: Callable[..., Any], inputs: list[Any]) -> float:
    """Bytes that Python and NumPy held at most."""
    tracemalloc.start()
    with shadow_mode(Shadow()):
        code(*inputs)
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return float(found)


def contracts() -> None:
    for name, pairing in PAIRINGS.items():
        if pairing.kind != "formula":
            continue
        contract = pairing.contract
        for title, call in contract.references.items():
            convention = contract.convention(contract.followed_by(title))
            hidden = dict(contract.hidden)
            taken = accept(call, contract, fixed=hidden)
            trial = Trial(
                pairing=pairing, implementation=taken, convention=convention, settled=hidden
            )
            posed = pairing.pose(probes(trial)[-1], convention)
            tensors = [
                x if callable(x) else torch.tensor(x, dtype=torch.float64) for x in posed.inputs
            ]

            def code(*inputs: Any, trial: Trial = trial, posed: Any = posed) -> Any:
                asked = posed._replace(inputs=inputs)
                return trial.pairing.contract.bring(
                    trial.implementation.invoke, trial.convention, asked
                )

            value = cost(code, tensors, gradient=False)
            both = cost(code, tensors, gradient=True)
            print(f"{name:22s} {title:32s} {value:7.1f} ms {both:7.1f} ms with gradients")


def growth() -> bool:
    def code(x: Any) -> Any:
        return (x.softmax(1) * x).sum()

    rows, linear = [], True
    for n in SIZES:
        x = torch.linspace(-1, 1, 4 * n, dtype=torch.float64).reshape(n, 4)
        rows.append((cost(code, [x], gradient=True) / n, peak(code, [x]) / n))
        print(
            f"{4 * n:6d} numbers {rows[-1][0] * 1e3:7.1f} us a row {rows[-1][1]:9.0f} bytes a row"
        )
    for what, first, last in zip(("time", "memory"), rows[1], rows[-1], strict=True):
        if last > SLACK * first:
            print(f"{what} grows faster than the number of operations")
            linear = False
    return linear


def main() -> int:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    inputs = [torch.randn(4, 4, dtype=torch.float64) for _ in range(2)]
    value, both = (cost(nt_xent, inputs, gradient=g) for g in (False, True))
    print(f"NT-Xent, N=4, d=4: {value:.1f} ms, {both:.1f} ms with gradients")
    contracts()
    linear = growth()
    return int(value > VALUE_MS or both > GRADIENT_MS or not linear)


if __name__ == "__main__":
    sys.exit(main())
