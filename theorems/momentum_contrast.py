r"""Momentum contrast: what a moving average remembers, and what a queue holds.

The oracles and claims are in `momentum_updates`, the loss in `explicit_negatives`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .momentum_updates import EMA_UPDATE, QUEUE_UPDATE
from .symbolic import sp
from .theorem import Assumption, Step, Theorem, enumeration, identity

__all__ = ["MOMENTUM_CONTRAST"]


# -- proof ----------------------------------------------------------------------------------------


def proof() -> Iterator[Step]:
    yield from _average()
    yield from _memory()
    yield _queue()


def _average() -> Iterator[Step]:
    beta, start, first, second, third = sp.symbols("beta t o1 o2 o3", real=True)

    def step(target: sp.Expr, online: sp.Expr) -> sp.Expr:
        return beta * target + (1 - beta) * online

    yield identity(
        "one step: what is left of the difference is the momentum's share",
        sp.expand(step(start, first) - first), sp.expand(beta * (start - first)),
        slip=sp.expand((1 - beta) * (start - first)), slip_words="the two shares exchanged",
        tex=r"t' - o = \beta\,(t - o)", scope="every momentum",
    )  # fmt: skip
    unrolled = step(step(step(start, first), second), third)
    weights = beta**3 * start + (1 - beta) * (beta**2 * first + beta * second + third)
    yield identity(
        "unrolled, each online state counts the less the longer ago it was",
        sp.expand(unrolled), sp.expand(weights),
        slip=sp.expand(beta**3 * start + beta**2 * first + beta * second + third),
        slip_words="the factor 1 - beta forgotten",
        tex=r"t_T = \beta^T t_0 + (1 - \beta)\textstyle\sum_{k<T}\beta^k o_{T-k}", scope="T = 3",
    )  # fmt: skip


def _memory() -> Iterator[Step]:
    beta = sp.Symbol("beta", positive=True)
    count = 5
    shares = [(1 - beta) * beta**k for k in range(count)]
    yield identity(
        "the shares add to one, so that nothing moves where all agree",
        sp.expand(sum(shares) + beta**count), sp.Integer(1), slip=1 - beta**count,
        slip_words="the start's own share forgotten",
        tex=r"\beta^T + (1 - \beta)\textstyle\sum_{k<T}\beta^k = 1", scope="T = 5",
    )  # fmt: skip
    yield identity(
        "the mean age of what is remembered, by the slope of the geometric series",
        sp.together((1 - beta) * beta * sp.diff(1 / (1 - beta), beta)),
        sp.together(beta / (1 - beta)),
        slip=1 / (1 - beta), slip_words="the latest state counted as one step old",
        tex=r"(1 - \beta)\textstyle\sum_k k\beta^k = \beta/(1 - \beta)", scope="every momentum",
    )  # fmt: skip
    yield identity(
        "the half-life: after so many steps half of a difference is left",
        sp.exp(sp.log(beta) * (-sp.log(2) / sp.log(beta))), sp.Rational(1, 2),
        slip=sp.exp(-sp.log(2) / (1 - beta)), slip_words="steps counted in units of 1/(1 - beta)",
        tex=r"\beta^h = \tfrac12,\quad h = \log 2/(-\log\beta)", scope="every momentum",
    )  # fmt: skip


def _holds_the_last(rows: int, batch: int, moves: int) -> bool:
    """Whether after every update the ring holds exactly the last `rows` keys, numbered in turn."""
    ring, pointer, number = list(range(-rows, 0)), 0, 0
    for _ in range(3 * rows):
        for i in range(batch):
            ring[(pointer + i) % rows] = number
            number += 1
        pointer = (pointer + moves) % rows
        if sorted(ring) != list(range(number - rows, number)):
            return False
    return True


def _queue() -> Step:
    return enumeration(
        "a ring of m rows holds exactly the last m keys, whether or not n divides m",
        lambda: [(m, n) for m in range(1, 8) for n in range(1, m + 1)],
        holds=lambda case: _holds_the_last(case[0], case[1], case[1]),
        slip=lambda case: _holds_the_last(case[0], case[1], 1),
        slip_words="a pointer that moves by one row, not by n",
        tex=r"\{Q\} = \{k_{T-m}, \dots, k_{T-1}\}", scope="m <= 7, every n <= m, 3m updates",
    )  # fmt: skip


# -- assumptions ----------------------------------------------------------------------------------


def with_a_momentum_above_one() -> float:
    """At 1.1 the distance grows, and the average leaves the interval between the two."""
    target, online = 1.0, 0.0
    return abs(target - online) - abs(1.1 * target - 0.1 * online)


def with_an_online_network_that_moves() -> float:
    """Online weights that walk one unit a step: the target ends beta/(1 - beta) behind, and the
    distance to them is not what the last one times the momentum was."""
    beta, target, online = 0.9, 0.0, 0.0
    for _ in range(500):
        online += 1.0
        target = beta * target + (1 - beta) * online
    return float(beta * 0.0 - abs(target - online))


def with_more_keys_than_rows() -> float:
    """Three keys for two rows: the first is gone before it was ever held."""
    ring = [-2, -1]
    for i in range(3):
        ring[i % 2] = i
    return float(-len({0, 1, 2} - set(ring)))


def with_stale_keys() -> float:
    """Pairs without any information; keys of an earlier encoder, which all look alike.  Whoever
    tells old from new 'certifies' nearly log 2 nats, as negatives have another law."""
    gap = 10.0
    loss = np.log1p(np.exp(-gap))  # the positive is new, the negative old
    return float(0.0 - (np.log(2) - loss))


ASSUMPTIONS = (
    Assumption(
        words=r"$0 \le \beta \le 1$",
        fails="contraction and between: the target runs away",
        without=with_a_momentum_above_one,
    ),
    Assumption(
        words="for convergence: the online weights stay where they are",
        fails=r"the limit: a target lags $\beta/(1 - \beta)$ steps behind what moves",
        without=with_an_online_network_that_moves,
    ),
    Assumption(
        words="a batch has at most as many keys as the queue has rows",
        fails="first in, first out: keys of one batch overwrite each other",
        without=with_more_keys_than_rows,
    ),
    Assumption(
        words="for InfoNCE's bound: keys in the queue have the law of today's keys, and are "
        "independent of the pair",
        fails="the bound: stale keys are another law of negatives",
        without=with_stale_keys,
    ),
)

MOMENTUM_CONTRAST = Theorem(
    id="momentum-contrast",
    title="Momentum contrast: what a moving average remembers and a queue holds",
    intuition="A moving average forgets the past at a fixed rate, so it follows slowly and "
    "smoothly. A queue forgets all at once: it holds the last keys, and no other. Both are there "
    "so that many negatives can be used that were made by nearly the same encoder.",
    statement=r"$t' = \beta t + (1 - \beta)\,o$ has $t' - o = \beta\,(t - o)$, so that $t_T = "
    r"\beta^T t_0 + (1 - \beta)\sum_{k<T}\beta^k o_{T-k}$: differences halve in $\log 2/(-\log"
    r"\beta)$ steps, and the mean age is $\beta/(1 - \beta)$. A ring of $m$ rows into which $n \le "
    r"m$ keys at a time are written from a pointer on, which moves by $n$ modulo $m$, holds "
    r"exactly the last $m$ keys.",
    proof_words="Subtract the online weights from both sides, and put one step into the next. The "
    "keys' numbers modulo m are their rows, so each key is overwritten by the one m later and by "
    "no other.",
    assumptions=ASSUMPTIONS,
    references=(
        (
            "K. He et al., Momentum contrast for unsupervised visual representation learning, "
            "CVPR 2020"
        ),
    ),
    proof=proof,
    families=(QUEUE_UPDATE, EMA_UPDATE),
    uses=("infonce-bound",),
)
