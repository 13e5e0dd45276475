"""Two thousand random programs: the shadow's twins against mpmath's numbers, worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mpmath
import pytest
import torch
from hypothesis import HealthCheck, Phase, given, reject, seed, settings
from hypothesis import strategies as st
from program_steps import ALL, SMOOTH
from programs import MP, Step, Table, built, by_hand, by_torch, copy_of

from tightframe.checks.shadow import Shadow, shadow_mode, without_escapes
from tightframe.checks.twins import Lost

PROGRAMS = 300
PARTS = range(7)
AGREES = mpmath.mpf(10) ** -45
SHARE_LOST = 0.03  # of the programs; what is lost is lost by name
REFUSED = ("modified by an inplace operation", "does not require grad")
TAPES = st.lists(st.integers(0, 1 << 12), min_size=40, max_size=60)
FAST = settings(
    max_examples=PROGRAMS, deadline=None, database=None, print_blob=False,
    suppress_health_check=list(HealthCheck), phases=(Phase.generate, Phase.shrink),
)  # fmt: skip


def leaves_of(leaves: Sequence[Table], *, grad: bool = False) -> list[Any]:
    return [
        torch.tensor([float(v) for v in x.numbers()], dtype=torch.float64)
        .reshape(x.shape)
        .requires_grad_(grad)
        for x in leaves
    ]


def apart(twin: Any, numbers: Sequence[Any]) -> Any:
    """The largest error, relative to the entry or to one."""
    pairs = zip([MP.mpf(v) for v in twin.reshape(-1)], numbers, strict=True)
    return max((abs(a - b) / max(MP.mpf(1), abs(b)) for a, b in pairs), default=MP.mpf(0))


def run(leaves: Sequence[Table], steps: Sequence[Step]) -> tuple[Shadow, list[Any]]:
    shadow, inputs = Shadow(), leaves_of(leaves)
    with torch.no_grad(), without_escapes(shadow), shadow_mode(shadow):
        return shadow, by_torch(ALL, inputs, steps)


@pytest.mark.parametrize("part", PARTS)
def test_no_program_has_a_silently_wrong_twin(part: int) -> None:
    tally = {"run": 0, "steps": 0, "lost": 0}

    @seed(part)
    @FAST
    @given(TAPES)
    def programs(tape: list[int]) -> None:
        leaves, steps = built(ALL, tape, 8)
        tally["run"] += 1
        tally["steps"] += len(steps)
        try:
            shadow, tensors = run(leaves, steps)
        except Lost:
            tally["lost"] += 1
            return
        for tensor, table in zip(tensors, by_hand(ALL, leaves, steps), strict=True):
            assert apart(shadow.twin(tensor), table.numbers()) < AGREES, steps

    programs()
    print(tally)
    assert tally["run"] >= PROGRAMS
    assert tally["lost"] <= SHARE_LOST * tally["run"]


@pytest.mark.parametrize("part", range(2))
def test_gradients_are_what_central_differences_find(part: int) -> None:
    tally = {"run": 0, "lost": 0, "refused by autograd": 0}

    @seed(100 + part)
    @settings(FAST, max_examples=120)
    @given(TAPES)
    def programs(tape: list[int]) -> None:
        leaves, steps = built(SMOOTH, tape, 6)
        shadow, inputs = Shadow(), leaves_of(leaves, grad=True)
        try:
            with without_escapes(shadow), shadow_mode(shadow):
                last = by_torch(SMOOTH, inputs, steps)[-1]
                found = torch.autograd.grad(last.sum(), inputs, allow_unused=True)
        except Lost:
            tally["lost"] += 1
            return
        except RuntimeError as error:
            if not any(words in str(error) for words in REFUSED):
                raise
            tally["refused by autograd"] += 1
            reject()
        tally["run"] += 1
        for which, gradient in enumerate(found):
            place = tape[0] % len(leaves[which].buffer)
            slope, twin = difference(leaves, steps, which, place), MP.mpf(0)
            if gradient is not None:
                twin = MP.mpf(shadow.twin(gradient).reshape(-1)[place])
            assert abs(twin - slope) < AGREES * max(MP.mpf(1), abs(slope)), steps

    programs()
    print(tally)
    assert tally["run"] >= 90
    assert tally["lost"] <= SHARE_LOST * tally["run"]


def difference(leaves: Sequence[Table], steps: Sequence[Step], which: int, place: int) -> Any:
    """A central difference of the last table's sum; its error is of the step's square."""
    step, sums = MP.mpf(10) ** -27, []
    with MP.workdps(120):
        for sign in (1, -1):
            moved = [copy_of(x) for x in leaves]
            moved[which].buffer[place] += sign * step
            sums.append(MP.fsum(by_hand(SMOOTH, moved, steps)[-1].numbers()))
        return (sums[0] - sums[1]) / (2 * step)
