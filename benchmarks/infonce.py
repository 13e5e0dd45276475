"""InfoNCE's population loss: the integral against enumeration, and what a value costs.

    nox -s bench -- infonce        python -P benchmarks/infonce.py [--quick]

Compares tables with random critics for up to 32 keys, where all multisets of negatives can be gone
through, and times one value at 100,000 keys.  Exits 1 where the two differ by more than 1e-11, or
where the fastest of the values takes more than 2 ms (--quick: fewer tables).
"""

from __future__ import annotations

import argparse
import sys
from time import perf_counter

import numpy as np

from tightframe.theorems.infonce_loss import best_critic, enumerated_loss, loss

APART, SECONDS = 1e-11, 2e-3
MANY = 10**5
KEYS = (1, 2, 3, 8, 16, 32)


def table(draw: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    concentration = draw.choice([0.3, 1.0, 5.0])
    return draw.dirichlet(np.full(rows * columns, concentration)).reshape(rows, columns)


def furthest(tables: int) -> tuple[float, float, float]:
    """The largest difference, and the seconds that the enumerations and the integrals took."""
    draw, apart, by_hand, by_integral = np.random.default_rng(0), 0.0, 0.0, 0.0
    for _ in range(tables):
        joint = table(draw, int(draw.integers(2, 5)), int(draw.integers(2, 4)))
        for critic in (best_critic(joint), 4 * draw.normal(size=joint.shape)):
            for keys in KEYS:
                start = perf_counter()
                exact = enumerated_loss(joint, critic, keys)
                middle = perf_counter()
                apart = max(apart, abs(loss(joint, critic, keys) - exact))
                by_integral += perf_counter() - middle
                by_hand += middle - start
    return apart, by_hand, by_integral


def fastest(keys: int, tries: int = 50) -> float:
    """Seconds of one value on a table of three by four."""
    joint = table(np.random.default_rng(1), 3, 4)
    critic, times = best_critic(joint), []
    for _ in range(tries):
        start = perf_counter()
        loss(joint, critic, keys)
        times.append(perf_counter() - start)
    return min(times)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--quick", action="store_true", help="3 tables in place of 20")
    apart, by_hand, by_integral = furthest(3 if parser.parse_args().quick else 20)
    seconds = fastest(MANY)
    print(f"largest difference from enumeration {apart:.1e}, which may be {APART:.0e}")
    print(f"enumeration takes {by_hand / by_integral:.0f} times the integral, K <= {KEYS[-1]}")
    print(
        f"one value at K = {MANY:,}: {1e3 * seconds:.2f} ms, which may be {1e3 * SECONDS:g}; "
        f"{seconds / fastest(3):.2f} times one at K = 3"
    )
    return int(apart > APART or seconds > SECONDS)


if __name__ == "__main__":
    sys.exit(main())
