"""InfoNCE's population loss and NT-Xent of large batches: what a value costs, and how near it is.

    nox -s bench -- infonce        python -P benchmarks/infonce.py [--quick]

Compares tables with random critics for up to 32 keys, where all multisets of negatives can be gone
through, and times one value at 100,000 keys.  Then NT-Xent of 8192 pairs in 128 dimensions, tile by
tile, against the time of half of the product of all rows with all and of half of the exponentials,
by the same tiles.  Exits 1 where the two losses differ by more than 1e-11, where the fastest of the
values takes more than 2 ms, where the tiles take more than twice as long as those two, or where
they hold a tenth of the matrix that they go without (--quick: fewer tables, 1024 pairs).
"""

from __future__ import annotations

import argparse
import sys
import tracemalloc
from collections.abc import Callable
from time import perf_counter

import numpy as np

from tightframe.theorems.infonce_loss import best_critic, enumerated_loss, loss
from tightframe.theorems.streamed_nt_xent import COLUMNS, ROWS, streamed

APART, SECONDS = 1e-11, 2e-3
MANY = 10**5
KEYS = (1, 2, 3, 8, 16, 32)
PAIRS, WIDTH, TEMPERATURE = 8192, 128, 0.1
TIMES, SHARE = 2.0, 0.1


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


def seconds_of(run: Callable[[], object], tries: int = 3) -> float:
    found = []
    for _ in range(tries):
        start = perf_counter()
        run()
        found.append(perf_counter() - start)
    return min(found)


def large_batch(pairs: int) -> tuple[float, float, float, float]:
    """Seconds of half the product, of half the exponentials and of the loss; and the share of the
    matrix of all pairs that the loss holds."""
    draw = np.random.default_rng(2)
    z1 = draw.normal(size=(pairs, WIDTH))
    z2, rows = z1 + draw.normal(size=z1.shape), 2 * pairs
    u = np.concatenate([z1, z2])
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    tile = u[:ROWS] @ u[:COLUMNS].T / TEMPERATURE
    corners = [(top, left) for top in range(0, rows, ROWS) for left in range(top, rows, COLUMNS)]

    def products() -> None:
        for top, left in corners:
            u[top : top + ROWS] @ u[left : left + COLUMNS].T

    def exponentials() -> None:
        for _ in range(rows * rows // (2 * tile.size)):
            np.exp(tile)

    half, other = seconds_of(products), seconds_of(exponentials)
    whole = seconds_of(lambda: streamed(z1, z2, TEMPERATURE))
    tracemalloc.start()
    streamed(z1, z2, TEMPERATURE)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return half, other, whole, most / (8 * rows**2)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--quick", action="store_true", help="3 tables in place of 20")
    quick = parser.parse_args().quick
    apart, by_hand, by_integral = furthest(3 if quick else 20)
    seconds = fastest(MANY)
    print(f"largest difference from enumeration {apart:.1e}, which may be {APART:.0e}")
    print(f"enumeration takes {by_hand / by_integral:.0f} times the integral, K <= {KEYS[-1]}")
    print(
        f"one value at K = {MANY:,}: {1e3 * seconds:.2f} ms, which may be {1e3 * SECONDS:g}; "
        f"{seconds / fastest(3):.2f} times one at K = 3"
    )
    pairs = 1024 if quick else PAIRS
    half, other, whole, held = large_batch(pairs)
    ratio = whole / (half + other)
    print(
        f"NT-Xent of {pairs:,} pairs, d = {WIDTH}: {whole:.2f} s, {ratio:.2f} times half of the "
        f"product ({half:.2f} s) and half of the exponentials ({other:.2f} s), which may be "
        f"{TIMES:g}; it holds {held:.2%} of the matrix of all pairs, which may be {SHARE:.0%}"
    )
    dear = ratio > TIMES or (held > SHARE and not quick)  # a small matrix is a few tiles
    return int(apart > APART or seconds > SECONDS or dear)


if __name__ == "__main__":
    sys.exit(main())
