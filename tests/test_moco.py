"""InfoNCE with explicit negatives and MoCo's loss: the floor against optimisation, package code
under its conventions, and who is to detach."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from judged import condemning
from scipy.optimize import minimize

import tightframe
from tightframe.checks.catalogue import PAIRINGS
from tightframe.checks.noise import KAPPA, UNIT_ROUNDOFF
from tightframe.checks.verdict import Ruling
from tightframe.implementations.contract import Call
from tightframe.theorems.explicit_negatives import floor, moco_oracle, oracle
from tightframe.theorems.explicit_negatives_problems import Contrast, Queued
from tightframe.theorems.info_nce import oracle as in_batch
from tightframe.theorems.nt_xent_problems import Batch

NOISE = KAPPA["float64"] * UNIT_ROUNDOFF["float64"]
F = torch.nn.functional
ROWS = ((1.0, 2.0), (0.5, -1.0)), ((2.0, 1.0), (0.0, 1.0)), ((1.0, 1.0), (-1.0, 0.5), (3.0, -1.0),
                                                               (0.5, 0.25))  # fmt: skip


# -- the definition -------------------------------------------------------------------------------


@pytest.mark.parametrize("negatives", ["shared", "per query"])
@pytest.mark.parametrize(("n", "each"), [(1, 1), (1, 3), (2, 2), (3, 1)])
def test_the_best_found_reaches_the_floor_and_none_passes_it(
    n: int, each: int, negatives: str
) -> None:
    d, shapes = 2, (n, n, n * each)

    def truth(flat: np.ndarray):
        tables = np.split(flat.reshape(-1, d), np.cumsum(shapes)[:-1])
        return oracle(Contrast(*tables, 0.5), negatives)  # type: ignore[arg-type]

    def value_and_slope(flat: np.ndarray) -> tuple[float, np.ndarray]:
        at = truth(flat)
        return float(at.value), np.concatenate([g.ravel() for g in at.gradient])

    starts = np.random.default_rng(0).normal(size=(4, d * sum(shapes)))
    found = [minimize(value_and_slope, s, jac=True, method="L-BFGS-B").fun for s in starts]
    lowest = floor(each if negatives == "per query" else n * each, 0.5)
    assert lowest == truth(starts[0]).floor
    assert lowest - 10 * NOISE <= min(found) <= lowest + 1e-6


def test_the_batch_s_other_keys_as_negatives_are_in_batch_info_nce() -> None:
    query, key = ROWS[0], ROWS[1]
    whole = in_batch(Batch(query, key, 0.3))
    own = Contrast(query, key, (key[1], key[0]), 0.3)
    assert abs(float(oracle(own, "per query").value) - float(whole.value)) <= NOISE * whole.unit


def test_moco_has_the_same_value_and_a_gradient_in_the_query_alone() -> None:
    ours, theirs = moco_oracle(Queued(*ROWS, 0.2)), oracle(Contrast(*ROWS, 0.2))
    assert ours.value == theirs.value
    assert np.array_equal(ours.gradient[0], theirs.gradient[0])
    assert not np.any(ours.gradient[1])
    assert not np.any(ours.gradient[2])
    assert np.any(theirs.gradient[1])


@pytest.mark.parametrize("name", ["info-nce-explicit", "moco"])
def test_each_option_is_undone_by_its_gauge(name: str) -> None:
    contract = PAIRINGS[name].contract
    kind = Contrast if name == "info-nce-explicit" else Queued
    family = PAIRINGS[name].family
    call = Call(tuple(torch.tensor(z).double() for z in ROWS), {"temperature": 0.5})
    for coding in contract.references.values():
        for axis in contract.axes:
            for option in axis.options:
                convention = contract.canonical | {axis.name: option.name}
                written = contract.written(coding, convention)
                returned = contract.bring(
                    lambda c, f=written: f(*c.inputs, **c.parameters), convention, call
                )
                truth = family.oracle(kind(*ROWS, 0.5), **contract.variants(convention))
                assert abs(float(returned) - float(truth.value)) <= NOISE * truth.unit


# -- code as it is in packages --------------------------------------------------------------------


def as_in_a_package(query, key, queue, temperature=0.1):
    own = torch.einsum("nc,nc->n", [query, key]).unsqueeze(-1)
    logits = torch.cat([own, torch.einsum("nc,ck->nk", [query, queue])], dim=1)
    logits /= temperature
    return F.cross_entropy(logits, torch.zeros(len(query), dtype=torch.long))


def test_a_loss_that_leaves_norms_and_detaching_to_the_caller_is_identified() -> None:
    result = tightframe.check(as_in_a_package, "moco", budget="quick")
    assert result.ruling is Ruling.IDENTIFIED
    assert result.identification is not None
    assert result.identification.departures == {
        "normalises": "no", "detaches": "no", "queue": "columns",
    }  # fmt: skip


def test_it_is_condemned_where_it_is_declared_to_detach() -> None:
    result = tightframe.check(
        as_in_a_package, "moco", budget="quick",
        convention={"normalises": "no", "detaches": "yes", "queue": "columns"},
    )  # fmt: skip
    assert result.ruling is Ruling.VIOLATED
    assert result.diagnosis is not None
    assert result.diagnosis.name == "nothing detached"
    assert {v.claim for v in result.violations} == {"gradient", "stop-gradient"}


def test_a_stabiliser_does_not_hide_who_detaches() -> None:
    def stabilised(query, key, queue, temperature):
        q, k, w = (z / (z.norm(dim=1, keepdim=True) + 1e-8) for z in (query, key, queue))
        scores = torch.cat([(q * k).sum(1, keepdim=True), q @ w.T], dim=1) / temperature
        return -scores.log_softmax(1)[:, 0].mean()

    result = tightframe.check(stabilised, "moco", budget="quick")
    assert result.ruling is Ruling.IDENTIFIED, str(result)
    assert result.identification is not None
    assert result.identification.departures == {"detaches": "no"}


@pytest.mark.parametrize("name", ["query detached, not the keys", "positive's score detached"])
def test_an_error_that_no_caller_could_mend_is_condemned_undeclared(name: str) -> None:
    (defect,) = (d for d in PAIRINGS["moco"].contract.defects if d.name == name)
    result = tightframe.check(defect.call, "moco", budget="quick")
    assert result.ruling is Ruling.VIOLATED
    assert "gradient" in {v.claim for v in result.violations}


def test_what_leaks_breaks_the_stop_gradient() -> None:
    for name in ("keys not detached", "queue not detached", "nothing detached"):
        assert condemning("moco", name) == ["gradient", "stop-gradient"]


def test_each_query_s_own_negatives_are_told_from_another_s() -> None:
    def paired(query, positive, negatives, temperature):
        q, p, w = (F.normalize(z, dim=-1) for z in (query, positive, negatives))
        logits = torch.cat([(q * p).sum(1, keepdim=True), torch.einsum("nd,nmd->nm", q, w)], 1)
        return F.cross_entropy(logits / temperature, torch.zeros(len(q), dtype=torch.long))

    def the_next_one_s(query, positive, negatives, temperature):
        return paired(query, positive, negatives.roll(1, dims=0), temperature)

    result = tightframe.check(paired, "info-nce-explicit", budget="quick")
    assert result.identification is not None
    assert result.identification.departures == {"negatives": "per query"}
    wrong = tightframe.check(the_next_one_s, "info-nce-explicit", budget="quick")
    assert wrong.ruling is Ruling.VIOLATED


def test_logits_and_labels_are_refused_with_a_remedy() -> None:
    def logits_and_labels(query, key, queue, temperature):
        return query @ queue.T / temperature, torch.zeros(len(query))

    result = tightframe.check(logits_and_labels, "moco", budget="quick")
    assert result.ruling is Ruling.REFUSED
    assert "return the loss itself" in result.reason
