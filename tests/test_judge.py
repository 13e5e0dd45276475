"""The engine on trial: broken subjects are named for their bugs, honest ones for their habits."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import tightframe
from tightframe.checks.catalogue import PAIRINGS
from tightframe.checks.evidence import plain, rebuilt
from tightframe.checks.verdict import Ruling, Strength, Verdict
from tightframe.implementations.nt_xent import NT_XENT, stabilised
from tightframe.implementations.nt_xent import masked_log_sum_exp as right
from tightframe.reports.result import Result

Tensor = torch.Tensor


def judged(target: Any, **how: Any) -> Result:
    return tightframe.check(target, "nt-xent", **({"budget": "quick"} | how))


def by_claim(result: Result) -> dict[str, Verdict]:
    return {verdict.claim: verdict for verdict in result.verdicts}


# -- stabilisers ----------------------------------------------------------------------------------

PLACES = ("norm", "squared_norm", "denominator", "probability", "cosine")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("size", [1e-4, 1e-8, 1e-12])
def test_a_stabiliser_is_located_with_its_size_and_exonerated(place: str, size: float) -> None:
    def subject(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
        return stabilised(z1, z2, temperature, **{place: size})

    result = judged(subject, fixed={"temperature": 0.5})
    assert [v.claim for v in result.violations if v.claim != "range"] == []
    found = {s.place: s.size for s in result.stabilisers}
    assert found == {place: pytest.approx(size, rel=1e-2)}


@pytest.mark.parametrize("pair", [("norm", "probability"), ("squared_norm", "denominator")])
def test_two_stabilisers_are_told_apart(pair: tuple[str, str]) -> None:
    def subject(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
        return stabilised(z1, z2, temperature, **dict.fromkeys(pair, 1e-6))

    result = judged(subject, fixed={"temperature": 0.5})
    assert {s.place: s.size for s in result.stabilisers} == dict.fromkeys(
        pair, pytest.approx(1e-6, rel=1e-2)
    )
    assert by_claim(result)["value"].ruling is Ruling.STABILISED


UNSEEN = (("posterior", "jitter"), ("posterior", "prior"), ("denoiser", "weight"),
          ("score", "weight"))  # fmt: skip


@pytest.mark.parametrize(("contract", "place"), UNSEEN)
def test_a_stabiliser_that_no_probe_shows_is_found_where_a_claim_fails(
    contract: str, place: str
) -> None:
    coding = partial(PAIRINGS[contract].contract.stabilised, **{place: 1e-12})
    result = tightframe.check(coding, contract, budget="quick")
    assert result.ruling is Ruling.STABILISED
    assert place in {s.place for s in result.stabilisers}


def test_an_error_that_no_probe_shows_is_no_stabiliser() -> None:
    """A millionth of the answer is missing, far from the probes."""
    denoised = next(iter(PAIRINGS["denoiser"].contract.references.values()))

    def far_off(y: Tensor, weights: Tensor, means: Tensor, variances: Tensor, sigma: float) -> Any:
        answer = denoised(y, weights, means, variances, sigma=sigma)
        return answer * (1 - 1e-6 * (weights.min() == weights.max()))

    result = tightframe.check(far_off, "denoiser", budget="quick")
    assert result.ruling is Ruling.VIOLATED
    assert result.stabilisers == ()


def test_correct_code_has_no_stabiliser() -> None:
    assert judged(right).stabilisers == ()


def test_what_no_constant_explains_is_violated_however_small() -> None:
    def off_by_a_millionth(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
        return right(z1, z2, temperature) * (1 + 1e-6)

    assert judged(off_by_a_millionth).ruling is Ruling.VIOLATED


# -- conventions ----------------------------------------------------------------------------------

VIEWS = ("pair", "concatenated", "interleaved")
CONVENTIONS = [
    {"views": views, "reduction": reduction, "positive_in_denominator": positive}
    for views, reduction, positive in product(VIEWS, ("mean", "sum", "none"), ("yes", "no"))
]


def written(convention: dict[str, str]) -> Callable[..., Tensor]:
    """The definition in that convention, with a signature that says what it takes."""
    code = NT_XENT.written(right, NT_XENT.canonical | convention)
    if convention["views"] == "pair":
        return lambda z1, z2, temperature: code(z1, z2, temperature=temperature)
    return lambda z, temperature: code(z, temperature=temperature)


DEPARTURES = [c for c in CONVENTIONS if len({*c.values()} - {"pair", "mean", "yes"}) == 1]


@pytest.mark.parametrize("convention", CONVENTIONS, ids=lambda c: "-".join(c.values()))
def test_honest_code_is_upheld_in_every_convention_that_it_declares(
    convention: dict[str, str],
) -> None:
    result = judged(written(convention), convention=convention)
    assert result.ruling is Ruling.UPHELD, str(result)


@pytest.mark.parametrize("convention", DEPARTURES, ids=lambda c: "-".join(c.values()))
def test_honest_code_is_identified_in_a_convention_that_it_does_not_declare(
    convention: dict[str, str],
) -> None:
    result = judged(written(convention))
    assert result.ruling is Ruling.IDENTIFIED, str(result)
    assert result.identification is not None
    assert NT_XENT.canonical | result.identification.departures == NT_XENT.canonical | convention


# -- rounding, and the precision of the run -------------------------------------------------------


def self_similarity_subtracted(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    """The definition in real arithmetic, by a cancellation."""
    z = torch.cat([z1, z2])
    u = z / z.norm(dim=1, keepdim=True)
    scores = (u @ u.T / temperature).exp()
    total = scores.sum(1) - scores.diagonal()
    return (total.log() - (u @ u.T / temperature).diagonal(len(z1)).repeat(2)).mean()


def test_code_that_cancels_is_condemned_in_range_and_not_as_a_formula() -> None:
    result = judged(self_similarity_subtracted)
    assert [v.claim for v in result.violations] == ["range"]
    assert by_claim(result)["value"].ruling is Ruling.UPHELD


def floats(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    return right(z1.float(), z2.float(), temperature)


def names_float32(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    return right(z1.to(torch.float32), z2.to(dtype=torch.float32), temperature)


def halves(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    return right(z1.half(), z2.half(), temperature)


def constant_in_float32(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    return right(z1, z2, temperature) * torch.tensor(1.0, dtype=torch.float32)


def autocasts(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return right(z1, z2, temperature)


@pytest.mark.parametrize("subject", [right, floats, halves, names_float32])
def test_code_that_names_a_precision_is_lifted(subject: Callable[..., Tensor]) -> None:
    value = by_claim(judged(subject, strength="lifted"))["value"]
    assert value.ruling is Ruling.UPHELD
    assert (value.strength, value.dtype) == (Strength.LIFTED, "float64")
    assert by_claim(judged(subject))["value"].strength is Strength.SHADOW


def test_code_that_autocasts_is_not_condemned_as_a_formula() -> None:
    value = by_claim(judged(autocasts))["value"]
    assert value.ruling is Ruling.UPHELD


def test_a_constant_that_stays_in_float32_makes_the_run_native_and_says_so() -> None:
    value = by_claim(judged(constant_in_float32, strength="lifted"))["value"]
    assert (value.ruling, value.strength, value.dtype) == (
        Ruling.UPHELD, Strength.NATIVE, "float32"
    )  # fmt: skip


def leaves_torch_in_float32(z1: Tensor, z2: Tensor, temperature: float) -> Any:
    z = np.concatenate([z1.detach().numpy(), z2.detach().numpy()]).astype(np.float32)
    u = z / np.linalg.norm(z, axis=1, keepdims=True)
    scores = u @ u.T / np.float32(temperature)
    terms = np.where(np.eye(len(z), dtype=bool), -np.inf, scores).astype(np.float32)
    top = terms.max(1)
    total = np.log(np.exp(terms - top[:, None]).sum(1)) + top
    return (total - scores[np.arange(len(z)), np.roll(np.arange(len(z)), len(z) // 2)]).mean()


def hands_over_a_python_number(z1: Tensor, z2: Tensor, temperature: float) -> float:
    return float(leaves_torch_in_float32(z1, z2, temperature))


@pytest.mark.parametrize("subject", [leaves_torch_in_float32, hands_over_a_python_number])
def test_code_that_leaves_torch_is_judged_in_the_precision_it_took(
    subject: Callable[..., Any],
) -> None:
    value = by_claim(judged(subject))["value"]
    assert (value.strength, value.dtype) == (Strength.NATIVE, "float32")
    assert value.ruling is Ruling.UPHELD


@pytest.mark.parametrize(
    ("subject", "bound"),
    [(right, 1e-10), (leaves_torch_in_float32, 1e-5)],
    ids=["lifted", "native"],
)
def test_the_smallest_error_that_is_said_to_be_caught_is_caught(
    subject: Callable[..., Any], bound: float
) -> None:
    said = by_claim(judged(subject))["value"].detectable
    assert said is not None
    assert said < bound

    def scaled(z1: Tensor, z2: Tensor, temperature: float) -> Any:
        return subject(z1, z2, temperature) * (1 + bound)

    assert "value" in [v.claim for v in judged(scaled).violations]


def test_a_range_violation_says_below_which_temperature() -> None:
    def overflows(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
        z = torch.cat([z1, z2])
        u = z / z.norm(dim=1, keepdim=True)
        own = torch.eye(len(u), dtype=torch.bool)
        scores = (u @ u.T / temperature).exp().masked_fill(own, 0)
        return -(scores.diagonal(len(z1)).repeat(2) / scores.sum(1)).log().mean()

    result = judged(overflows)
    assert [v.claim for v in result.violations] == ["range"]
    assert "not in float32: it breaks below temperature 0.02" in result.violations[0].reason


# -- economy and repeatability --------------------------------------------------------------------


def test_claims_do_not_rerun_the_code() -> None:
    calls: dict[tuple[Any, ...], int] = {}

    class Counted:
        def __deepcopy__(self, memo: object) -> Counted:
            return self

        def __call__(self, z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
            key = (str(z1.tolist()), str(z2.tolist()), temperature, str(z1.dtype))
            calls[key] = calls.get(key, 0) + 1
            return right(z1, z2, temperature)

    judged(Counted())
    # Identifying, drawing and judging may each ask once, in value and with gradient.
    assert max(calls.values()) <= 6, max(calls.values())
    assert sum(calls.values()) < 3 * len(calls)


def test_the_counterexample_of_a_wrong_formula_is_small_integers() -> None:
    def scaled(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
        return right(z1, z2, temperature) * 1.001

    (value,) = (v for v in judged(scaled).violations if v.claim == "value")
    assert value.evidence is not None
    numbers = np.array([value.evidence.problem["z1"], value.evidence.problem["z2"]])
    assert numbers.size <= 4
    assert set(numbers.ravel()) <= {-1.0, 0.0, 1.0}


def test_judging_twice_says_the_same() -> None:
    def said(result: Result) -> dict[str, Any]:
        data = result.model_dump(mode="json")
        for record in (data, *data["verdicts"]):
            record["seconds"] = 0
        data["provenance"]["date"] = ""
        return data

    for subject in (right, self_similarity_subtracted):
        assert said(judged(subject, budget="normal")) == said(judged(subject, budget="normal"))


def test_a_gradient_that_is_not_a_number_breaks_every_claim_about_it() -> None:
    def gradient_is_nan(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
        return right(z1, z2, temperature) + 0 * (z1 * 0).sum().abs().sqrt()

    violated = [v.claim for v in judged(gradient_is_nan).violations]
    assert violated == ["gradient", "tangency"]


def test_a_result_survives_json(tmp_path: Path) -> None:
    def not_a_number(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
        return right(z1, z2, temperature) * torch.nan

    result = judged(not_a_number)
    result.to_json(tmp_path / "r.json")
    again = Result.from_json(tmp_path / "r.json")
    assert str(again) == str(result)
    assert again.model_dump_json() == result.model_dump_json()


@pytest.mark.parametrize("contract", PAIRINGS)
@given(data=st.data())
def test_every_problem_is_rebuilt_from_its_record(contract: str, data: st.DataObject) -> None:
    family = PAIRINGS[contract].family
    problem = data.draw(family.problems())
    assert rebuilt(family.problem, plain(problem)) == problem


@pytest.mark.parametrize("contract", PAIRINGS)
def test_every_stored_problem_is_rebuilt_from_its_record(contract: str) -> None:
    family = PAIRINGS[contract].family
    for problem in (*family.design(), *family.ranges()):
        assert rebuilt(family.problem, plain(problem)) == problem
