"""The queue against a double-ended queue, the average against its unrolled sum, and both against
code as it is in packages: in place, in columns, of networks."""

from __future__ import annotations

from collections import deque

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from judged import condemning

import tightframe
from tightframe.checks.catalogue import PAIRINGS
from tightframe.checks.verdict import Ruling
from tightframe.implementations.contract import Call
from tightframe.theorems.momentum_updates import Followed, Ring, average, enqueued, fitted


def checked(target, contract: str, **how):
    return tightframe.check(target, contract, budget="quick", **how)


# -- oracles --------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 7), st.integers(1, 7), st.integers(0, 6), st.integers(1, 12))
def test_the_ring_is_a_double_ended_queue_of_limited_length(
    m: int, n: int, pointer: int, updates: int
) -> None:
    n, pointer = min(n, m), pointer % m
    ring = tuple((float(-1 - i),) for i in range(m))
    last = deque([*ring[pointer:], *ring[:pointer]], maxlen=m)
    for k in range(updates):
        keys = tuple((float(k * n + i),) for i in range(n))
        held = enqueued(Ring(ring, keys, pointer))
        last.extend(keys)
        ring, pointer = tuple(map(tuple, held.queue)), int(held.pointer)
    assert [*ring[pointer:], *ring[:pointer]] == list(last)


def test_batches_that_must_divide_the_queue_are_cut_to_do_so() -> None:
    cut = fitted(Ring(((0.0,),) * 6, ((1.0,), (2.0,), (3.0,), (4.0,)), 3), "divide")
    assert (len(cut.keys), cut.pointer) == (2, 2)


def test_the_average_unrolled_is_a_geometric_sum_with_a_half_life() -> None:
    online = np.random.default_rng(0).normal(size=(50, 2, 3))
    target = first = np.ones((2, 3))
    for weights in online:
        target = average(Followed(target, weights, 0.9)).value  # type: ignore[arg-type]
    shares = 0.1 * 0.9 ** np.arange(50)[::-1]
    summed = 0.9**50 * first + np.tensordot(shares, online, axes=1)
    assert np.max(np.abs(target - summed)) <= 1e-14
    far = 1.0
    for _ in range(7):  # log 2 / -log 0.9 = 6.58
        far = float(average(Followed(((far,),), ((0.0,),), 0.9)).value[0, 0])
    assert 0.45 < far < 0.5


# -- conventions ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["queue-update", "ema-update"])
def test_each_option_is_undone_by_its_gauge(name: str) -> None:
    pairing = PAIRINGS[name]
    contract, problem = pairing.contract, pairing.family.design()[0]
    for coding in contract.references.values():
        for axis in contract.axes:
            for option in axis.options:
                if option.name in ("network", "tensor") and axis.name == "weights":
                    continue  # no tensor operation takes a network
                convention = contract.canonical | {axis.name: option.name}
                posed = pairing.pose(problem, convention)
                inputs = tuple(
                    torch.tensor(x) if isinstance(x, np.ndarray) else x for x in posed.inputs
                )
                written = contract.written(coding, convention)
                returned = contract.bring(
                    lambda c, f=written: contract.invoke(f, c), convention,
                    Call(inputs, posed.parameters),
                )  # fmt: skip
                output = pairing.read(returned, problem, convention)
                truth = pairing.family.oracle(problem, **contract.variants(convention))
                for ours, theirs in zip(truth, output, strict=True):
                    assert np.max(np.abs(ours - theirs)) <= 1e-15


def in_columns(queue, keys, queue_pointer):
    """MoCo's own way."""
    start, size = int(queue_pointer), len(keys)
    assert queue.shape[1] % size == 0
    queue[:, start : start + size] = keys.T
    queue_pointer[0] = (start + size) % queue.shape[1]


def test_a_queue_in_columns_changed_in_place_with_a_pointer_that_is_a_tensor() -> None:
    result = checked(in_columns, "queue-update")
    assert result.ruling is Ruling.IDENTIFIED
    assert result.identification.departures == {
        "update": "in place", "pointer": "tensor", "queue": "columns", "batches": "divide",
    }  # fmt: skip
    assert checked(
        in_columns, "queue-update", convention=result.identification.departures
    ).ruling is Ruling.UPHELD  # fmt: skip


def test_numpy_that_turns_the_ring_is_upheld() -> None:
    def turned(queue, keys, pointer):
        ring = np.roll(np.array(queue), -pointer, axis=0)
        ring[: len(keys)] = keys
        return np.roll(ring, pointer, axis=0), (pointer + len(keys)) % len(ring)

    assert checked(turned, "queue-update").ruling is Ruling.UPHELD


def test_a_queue_that_is_shifted_has_no_pointer_and_is_refused_with_a_remedy() -> None:
    result = checked(lambda queue, keys, pointer: torch.cat([queue, keys])[len(keys) :],
                     "queue-update")  # fmt: skip
    assert result.ruling is Ruling.REFUSED
    assert "update=in place" in result.reason


def test_of_two_networks_online_first_and_in_place() -> None:
    def update(model, model_ema, m=0.99):
        for theirs, ours in zip(model.parameters(), model_ema.parameters(), strict=True):
            ours.data = ours.data * m + theirs.data * (1.0 - m)

    result = checked(update, "ema-update", map={"momentum": "m"})
    assert result.identification.departures == {
        "update": "in place", "order": "online first", "weights": "network",
    }  # fmt: skip


def test_a_target_rate_is_the_online_networks_share() -> None:
    def soft_update(target, online, tau):
        return tau * online + (1 - tau) * target

    result = checked(soft_update, "ema-update", map={"momentum": "tau"})
    assert result.identification.departures == {"share": "of the online"}


def test_a_momentum_that_lives_inside_is_found() -> None:
    result = checked(lambda target, online: 0.996 * target + 0.004 * online, "ema-update")
    assert result.ruling is Ruling.IDENTIFIED
    assert abs(result.identification.parameters["momentum"] - 0.996) <= 1e-12


def test_an_update_that_never_reaches_the_parameters_is_named() -> None:
    def lost(target, online, momentum):
        for ours, theirs in zip(target.parameters(), online.parameters(), strict=True):
            ours = ours * momentum + theirs * (1 - momentum)

    result = checked(lost, "ema-update")
    assert result.ruling is Ruling.VIOLATED
    assert result.diagnosis.name == "target not changed"


def test_code_that_spoils_the_online_weights_is_refused() -> None:
    def spoils(target, online, momentum):
        online.mul_(1 - momentum)
        target.mul_(momentum).add_(online)

    result = checked(spoils, "ema-update", convention={
        "update": "in place", "order": "target first", "weights": "tensor",
    })  # fmt: skip
    assert result.ruling is Ruling.REFUSED
    assert "the online weights as they are" in result.reason


def test_which_claim_condemns_which_error() -> None:
    assert condemning("queue-update", "pointer moves by one") == ["pointer"]
    assert condemning("queue-update", "keys in reverse") == ["value"]
    assert "rows that stay" in condemning("queue-update", "over the newest")
    assert condemning("ema-update", "applied twice") == ["value", "contraction"]
    assert "fixed point" in condemning("ema-update", "online weights in full")
    assert "between" in condemning("ema-update", "away from the online weights")


def test_what_changes_nothing_and_returns_a_loss_is_no_average_with_a_momentum_of_one() -> None:
    def squared(target, online):
        return ((target - online) ** 2).sum()

    assert checked(squared, "ema-update").ruling is Ruling.REFUSED
    declared = checked(squared, "ema-update", convention={"update": "in place"})
    assert declared.ruling is Ruling.REFUSED
    assert "the target changed in place" in declared.reason


def test_what_no_momentum_fits_is_never_upheld() -> None:
    """Doing nothing is what the average does at a momentum of one, and at no other."""
    result = checked(lambda target, online: None, "ema-update")
    assert result.ruling is not Ruling.UPHELD
    assert not result.ok
