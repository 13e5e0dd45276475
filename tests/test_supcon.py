"""The supervised contrastive loss: its floor against optimisation, NT-Xent as classes of two, the
conventions of the code that people use, and what condemns which error."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from judged import condemning
from scipy.optimize import minimize

import tightframe
from tightframe.checks.catalogue import PAIRINGS
from tightframe.checks.noise import KAPPA, UNIT_ROUNDOFF
from tightframe.checks.verdict import Ruling
from tightframe.implementations.contract import Call
from tightframe.theorems.labelled_batch import LabelledBatch, design, problems
from tightframe.theorems.nt_xent import oracle as nt_xent
from tightframe.theorems.nt_xent_problems import design as pairs
from tightframe.theorems.supcon import floor, oracle

CONTRACT = PAIRINGS["supcon"].contract
NOISE = KAPPA["float64"] * UNIT_ROUNDOFF["float64"]
BOTH = ("outside the log", "inside the log")
ALONE = LabelledBatch(
    ((1.0, 2.0), (0.5, -1.0), (2.0, 1.0), (0.0, 1.0), (-1.0, 1.0), (1.0, 0.0)),
    (0, 1, 0, 2, 1, 0), 0.5,
)  # fmt: skip


# -- the floor ------------------------------------------------------------------------------------


def best(classes: int, rows: int, d: int, positives: str) -> float:
    """The smallest loss that L-BFGS finds from a few starts."""
    labels = tuple(i % classes for i in range(classes * rows))

    def value_and_slope(flat: np.ndarray) -> tuple[float, np.ndarray]:
        truth = oracle(LabelledBatch(flat.reshape(-1, d), labels, 0.5), positives)  # type: ignore[arg-type]
        return float(truth.value), truth.gradient[0].ravel()

    starts = np.random.default_rng(0).normal(size=(6, classes * rows * d))
    return min(minimize(value_and_slope, s, jac=True, method="L-BFGS-B").fun for s in starts)


@pytest.mark.parametrize("positives", BOTH)
@pytest.mark.parametrize(("classes", "rows", "d"), [(2, 2, 1), (2, 3, 2), (3, 2, 2), (4, 3, 3)])
def test_the_best_batch_found_reaches_the_floor_and_none_passes_it(
    classes: int, rows: int, d: int, positives: str
) -> None:
    lowest = floor(classes, rows, 0.5)
    assert lowest - NOISE * 10 <= best(classes, rows, d, positives) <= lowest + 1e-6


def test_too_few_dimensions_leave_a_gap() -> None:
    assert best(5, 2, 2, "outside the log") > floor(5, 2, 0.5) + 1e-2


def test_the_floor_is_a_function_that_people_can_call() -> None:
    expected = np.log(2 + 6 * np.exp(-3.0))
    found = tightframe.floor("supcon", classes=3, rows=3, temperature=0.5)
    assert abs(found - expected) < 1e-15


@settings(max_examples=60, deadline=None, database=None)
@given(problems())
def test_inside_is_below_outside_and_above_the_floor_of_any_sizes(batch: LabelledBatch) -> None:
    outside, inside = (oracle(batch, positives) for positives in BOTH)
    noise = NOISE * outside.unit
    assert inside.floor == outside.floor
    assert outside.floor - noise <= inside.value <= outside.value + noise


# -- its relatives --------------------------------------------------------------------------------


@pytest.mark.parametrize("positives", BOTH)
def test_with_pairs_as_classes_of_two_it_is_nt_xent(positives: str) -> None:
    for batch in pairs():
        theirs, n = nt_xent(batch), len(batch.z1)
        labelled = LabelledBatch(batch.z1 + batch.z2, (*range(n), *range(n)), batch.temperature)
        ours = oracle(labelled, positives)
        assert abs(ours.value - theirs.value) <= NOISE * ours.unit
        slopes = np.concatenate(theirs.gradient)
        assert np.all(np.abs(ours.gradient[0] - slopes) <= NOISE * ours.units[0])
        assert abs(ours.floor - theirs.floor) <= NOISE * ours.unit


def test_rows_that_are_all_alike_cost_the_logarithm_of_the_others() -> None:
    batch = LabelledBatch(((1.0, 2.0),) * 5, (0, 0, 1, 1, 1), 0.1)
    for positives in BOTH:
        assert abs(oracle(batch, positives).value - np.log(4)) <= 1e-15 * oracle(batch).unit


def test_what_an_anchor_without_a_positive_counts_for() -> None:
    skipped, zero, left_out = (
        oracle(ALONE, without_positive=how) for how in ("skipped", "zero", "left out")
    )
    assert abs(zero.value - skipped.value * 5 / 6) < 1e-15
    rest = [i for i, label in enumerate(ALONE.labels) if label != 2]
    fewer = LabelledBatch(
        tuple(ALONE.features[i] for i in rest), tuple(ALONE.labels[i] for i in rest), 0.5
    )
    assert left_out.value == oracle(fewer).value
    assert not np.any(left_out.gradient[0][3])
    assert left_out.value < skipped.value  # the row is a negative no longer


# -- conventions ----------------------------------------------------------------------------------


@pytest.mark.parametrize("coding", CONTRACT.references)
@pytest.mark.parametrize("without", ["skipped", "zero", "left out"])
@pytest.mark.parametrize("axis", CONTRACT.axes, ids=lambda axis: axis.name)
def test_each_option_is_undone_by_its_gauge(coding: str, without: str, axis: Any) -> None:
    features = torch.tensor(ALONE.features, dtype=torch.float64)
    call = Call((features, torch.tensor(ALONE.labels)), {"temperature": 0.5})
    for option in axis.options:
        declared = {"without_positive": without} | {axis.name: option.name}
        convention = CONTRACT.canonical | declared
        written = CONTRACT.written(CONTRACT.references[coding], convention)
        returned = CONTRACT.bring(
            lambda c, f=written: f(*c.inputs, **c.parameters), convention, call
        )
        truth = oracle(ALONE, **CONTRACT.variants(convention))
        assert abs(float(returned) - float(truth.value)) <= NOISE * truth.unit


class Theirs(torch.nn.Module):
    """In the manner of the authors' code: views, a mask, unit vectors from the caller, and a base
    temperature; 0/0 where an anchor has no positive, unless guarded."""

    guarded = False

    def __init__(self, temperature: float = 0.07) -> None:
        super().__init__()
        self.temperature = temperature

    def forward(self, features: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        views = features.shape[1]
        rows = torch.cat(torch.unbind(features, 1))
        mask = torch.eq(labels[:, None], labels[None]).float().repeat(views, views)
        others = 1 - torch.eye(len(rows))
        logits = rows @ rows.T / self.temperature
        logits = logits - logits.max(1, keepdim=True).values.detach()
        logs = logits - torch.log((logits.exp() * others).sum(1, keepdim=True))
        count = (mask * others).sum(1)
        if self.guarded:
            count = torch.where(count < 1e-6, 1, count)
        means = (mask * others * logs).sum(1) / count
        return -(self.temperature / 0.07) * means.view(views, -1).mean()


class Guarded(Theirs):
    guarded = True


THEIR_CALL = {"factor": "temperature over 0.07", "normalises": "no", "layout": "views"}


@pytest.mark.parametrize(("code", "without"), [(Theirs, "left out"), (Guarded, "zero")])
def test_the_authors_code_is_identified_and_upheld_as_declared(code: Any, without: str) -> None:
    """Its maximum is the row itself, so that at the lowest temperatures it takes the log of 0."""
    result = tightframe.check(code, "supcon", budget="quick")
    assert result.identification is not None
    assert result.identification.departures == THEIR_CALL | {"without_positive": without}
    assert [v.claim for v in result.violations] == ["range"]
    declared = {"convention": result.identification.departures, "fixed": {"temperature": 0.1}}
    assert tightframe.check(code(0.1), "supcon", budget="quick", **declared).ok


def test_zero_over_zero_is_condemned_where_such_anchors_are_to_be_skipped() -> None:
    declared = THEIR_CALL | {"without_positive": "skipped"}
    result = tightframe.check(Theirs, "supcon", convention=declared, budget="quick")
    assert result.ruling is Ruling.VIOLATED
    (value,) = (v for v in result.violations if v.claim == "value")
    assert value.evidence is not None
    assert value.evidence.theirs == "nan"
    labels = value.evidence.problem["labels"]
    assert min(map(labels.count, labels)) == 1


def test_labels_are_whole_numbers_that_index() -> None:
    def by_one_hot(features: Any, labels: Any, temperature: float) -> Any:
        u = torch.nn.functional.normalize(features)
        classes = torch.nn.functional.one_hot(labels, 10).to(u.dtype)
        same = (classes @ classes.T).fill_diagonal_(0)
        others = (u @ u.T / temperature).fill_diagonal_(-torch.inf)
        logs = others.log_softmax(1).masked_fill(same == 0, 0.0).sum(1)
        return -(logs[same.sum(1) > 0] / same.sum(1)[same.sum(1) > 0]).mean()

    assert tightframe.check(by_one_hot, "supcon", budget="quick").ok


# -- errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "claim"),
    [
        ("positives left out of the denominator", "floor"),
        ("denominator over the positives", "floor"),
        ("not normalised", "row scale"),
        ("norm detached", "tangency"),
        ("contrast detached", "gradient"),
        ("normalised over the batch", "rotation"),
        ("one positive only", "gradient"),
        ("exponentials not shifted", "range"),
    ],
)
def test_which_claim_condemns_which_error(error: str, claim: str) -> None:
    assert claim in condemning("supcon", error)


def test_a_detached_contrast_has_the_right_value() -> None:
    assert "value" not in condemning("supcon", "contrast detached")


def test_one_term_per_row_is_refused_unless_it_is_declared() -> None:
    def terms(features: Any, labels: Any, temperature: float) -> Any:
        loss = CONTRACT.references["log-softmax"](features, labels, temperature)
        return loss.expand(len(features) + 1)

    result = tightframe.check(terms, "supcon", convention={"reduction": "none"})
    assert result.ruling is Ruling.REFUSED
    assert "one term per row" in str(result)


def test_the_design_has_lone_rows_and_classes_of_unequal_sizes_and_two_of_two() -> None:
    counts = [sorted(map(p.labels.count, set(p.labels))) for p in design()]
    assert any(sizes[0] == 1 for sizes in counts)
    assert any(1 < sizes[0] < sizes[-1] for sizes in counts)
    assert all(sizes[-2] > 1 for sizes in counts)
