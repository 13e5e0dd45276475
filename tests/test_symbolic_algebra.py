"""Full covariances, for all inputs: factors, solutions, determinants, and what they rest on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from symbolic_subjects import trial
from torch import Tensor

from tightframe.checks import gaussian_kl_pair, minors, symbolic_arithmetic
from tightframe.checks.formula_number import Ledger, constant
from tightframe.checks.symbolic_found import Proved, Refuted, Undecided
from tightframe.checks.symbolic_point import generic, smallest
from tightframe.checks.symbolic_trial import prove_at
from tightframe.checks.symbolic_twin import prove
from tightframe.checks.twins import EXACT, Lost
from tightframe.theorems.arithmetic import FIFTY_DIGITS
from tightframe.theorems.gaussian_kl_pair import Pair, pair

PAIRING = gaussian_kl_pair.PAIRING
CONTRACT = PAIRING.contract
COVARIANCES = ("cov0", "cov1")
SIZES = {f"d={d}": generic(pair(d, 3), COVARIANCES) for d in (1, 2)}
DETERMINANT = "cov1_11*cov1_22 - cov1_12**2 > 0"
NO_EXCHANGE = "(cov1_11 - cov1_12)*(cov1_11 + cov1_12) >= 0"  # the first row is the larger


def asked(target: Any, size: str = "d=2", **convention: str) -> Any:
    return prove_at(trial(PAIRING, target, **convention), SIZES[size])


def printed(
    mu0: Tensor, cov0: Tensor, mu1: Tensor, cov1: Tensor, volumes: Any, solve: Any
) -> Tensor:
    """The formula as it is printed, its log-determinants and solutions left open."""
    shift = mu1 - mu0
    trace, form = solve(cov1, cov0).trace(), shift @ solve(cov1, shift[:, None])[:, 0]
    return 0.5 * (trace + form - len(mu0) + volumes(cov1) - volumes(cov0))


def coded(volumes: Any = torch.logdet, solve: Any = torch.linalg.solve) -> Any:
    return lambda mu0, cov0, mu1, cov1: printed(mu0, cov0, mu1, cov1, volumes, solve)


def by_cholesky(a: Tensor, b: Tensor) -> Tensor:
    return torch.cholesky_solve(b, torch.linalg.cholesky(a))


def by_cholesky_inverse(a: Tensor, b: Tensor) -> Tensor:
    return torch.cholesky_inverse(torch.linalg.cholesky(a)) @ b


def by_factor_and_pivots(a: Tensor, b: Tensor) -> Tensor:
    factor, pivots = torch.linalg.lu_factor(a.detach())
    return torch.linalg.lu_solve(factor, pivots, b)


# -- proved ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", CONTRACT.references)
def test_honest_codings_are_the_definition_for_all_definite_covariances(
    name: str, size: str
) -> None:
    found = asked(CONTRACT.references[name], size)
    assert isinstance(found, Proved), found
    assert found.error == 0.0
    assert found.entries == {"d=1": 5, "d=2": 13}[size]
    words = " ".join(found.conditions)
    assert "cov1_11 > 0" in words if size == "d=1" else DETERMINANT in words
    assert "!=" not in words
    assert "cov1_21" not in words  # one letter for both places of a symmetric matrix


SOLUTIONS = {
    "elimination": torch.linalg.solve, "Cholesky": by_cholesky,
    "Cholesky inverse": by_cholesky_inverse, "inverse": lambda a, b: torch.linalg.inv(a) @ b,
}  # fmt: skip
VOLUMES = {
    "logdet": torch.logdet, "slogdet": lambda a: torch.linalg.slogdet(a)[1],
    "log of det": lambda a: a.det().log(),
    "Cholesky": lambda a: 2 * torch.linalg.cholesky(a).diagonal().log().sum(),
}  # fmt: skip


@pytest.mark.parametrize("volumes", VOLUMES)
@pytest.mark.parametrize("solution", SOLUTIONS)
def test_every_way_to_solve_and_to_measure_volumes_is_proved(solution: str, volumes: str) -> None:
    found = asked(coded(VOLUMES[volumes], SOLUTIONS[solution]))
    assert isinstance(found, Proved), found
    assert found.error == 0.0
    exchanges = [c for c in found.conditions if NO_EXCHANGE in c]
    # torch's derivative of det reads the factor's diagonal; else the exchange of rows is no matter
    assert len(exchanges) == (volumes == "log of det")


def test_a_symmetric_table_is_named_so_and_its_size_counts_free_numbers() -> None:
    subject = trial(PAIRING, CONTRACT.references["Cholesky factors"])
    assert [len(p.mu0) for p in smallest(subject)] == [2, 1]
    assert "cov0 2x2 symmetric" in asked(CONTRACT.references["Cholesky factors"]).sizes


def test_the_other_variant_reads_diagonals_alone() -> None:
    diagonal = CONTRACT.axis("covariance").option("diagonal")
    found = asked(diagonal.write(None), covariance="diagonal")  # type: ignore[misc]
    assert isinstance(found, Proved), found
    assert not any("_12" in c for c in found.conditions)


# -- what a factor rests on -----------------------------------------------------------------------


def with_gradient_of(value: Tensor, other: Tensor) -> Tensor:
    return value.detach() + other - other.detach()


def from_the_factor(a: Tensor) -> Tensor:
    """Right, but by the factor's own diagonal."""
    factor, _ = torch.linalg.lu_factor(a.detach())
    return with_gradient_of(factor.diagonal().log().sum(), torch.logdet(a))


def test_a_factor_that_is_read_rests_on_torchs_exchange_of_rows() -> None:
    found = asked(coded(from_the_factor))
    assert isinstance(found, Proved), found
    assert any(NO_EXCHANGE in c for c in found.conditions), found.conditions


def test_a_factor_that_is_not_square_rests_on_the_exchange_of_its_rows() -> None:
    def definition(arithmetic: Any, entries: tuple[np.ndarray, ...]) -> Any:
        return entries[0][0, 0] + 0 * entries[0].sum(), None

    def first_pivot(tensors: tuple[Tensor, ...]) -> Tensor:
        factor, _ = torch.linalg.lu_factor(tensors[0].detach())
        return with_gradient_of(factor[0, 0], tensors[0][0, 0])

    tall = np.array([[2.0, 0.5], [0.25, 1.5], [0.75, -1.25]])
    found = prove(first_pivot, (tall,), definition, names=("a",))
    assert isinstance(found, Proved), found
    words = " ".join(found.conditions)
    assert "a_21**2/a_11**2 <= 1" in words
    assert "a_31**2/a_11**2 <= 1" in words


def test_a_factor_that_is_solved_with_other_pivots_rests_on_its_own() -> None:
    def exchanged(a: Tensor, b: Tensor) -> Tensor:
        factor, _ = torch.linalg.lu_factor(a.detach())
        _, others = torch.linalg.lu_factor(2 * a.detach())
        found = torch.linalg.lu_solve(factor, others, b.detach())
        return with_gradient_of(found, torch.linalg.solve(a, b))

    found = asked(coded(solve=exchanged))
    assert isinstance(found, Proved), found
    assert any(NO_EXCHANGE in c for c in found.conditions), found.conditions


# -- not proved -----------------------------------------------------------------------------------


ONLY_AT_TWO = {"one in place of the dimension", "correlations ignored"}  # at d = 1 they are right


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("defect", CONTRACT.defects, ids=lambda d: d.name)
def test_no_defect_is_proved_where_it_is_one(defect: Any, size: str) -> None:
    found = asked(defect.call, size, **defect.convention)
    if size == "d=1" and defect.name in ONLY_AT_TWO:
        assert isinstance(found, Proved)
    else:
        assert isinstance(found, Refuted), found


def volumes_of_the_triangle(a: Tensor) -> Tensor:
    return torch.linalg.cholesky(a).diagonal().log().sum()


def upper_triangle_of_the_factor(a: Tensor, b: Tensor) -> Tensor:
    factor = torch.linalg.cholesky(a)
    return torch.cholesky_solve(b, factor, upper=True)


def not_through_the_matrix(a: Tensor, b: Tensor) -> Tensor:
    return torch.linalg.solve(a.detach(), b)


WRONG = {
    "a missing half in the log-determinant": coded(volumes_of_the_triangle),
    "the factor taken for its transpose": coded(solve=upper_triangle_of_the_factor),
    "the second covariance detached": coded(solve=not_through_the_matrix),
    "its factor detached": coded(solve=by_factor_and_pivots),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_factor_is_refuted(name: str) -> None:
    found = asked(WRONG[name])
    assert isinstance(found, Refuted), found
    assert found.where.startswith("gradient" if "detached" in name else "value")


def test_a_wrong_expansion_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """By torch on the code's side; on the definition's, both sides then differ."""
    right = minors.determinant
    for module in (minors, symbolic_arithmetic):
        monkeypatch.setattr(module, "determinant", lambda a: right(a) * 2)
    assert isinstance(asked(CONTRACT.references["Cholesky factors"]), Refuted)
    monkeypatch.undo()
    monkeypatch.setattr("tightframe.checks.shadow_algebra._by_minors", lambda a: right(a) * 2)
    found = asked(CONTRACT.references["inverse and log-determinant"])
    assert isinstance(found, Undecided)
    assert "linalg_inv_ex" in found.why


def test_a_point_that_is_not_symmetric_is_no_point() -> None:
    problem: Pair = SIZES["d=2"]
    skew = problem._replace(cov0=((1.5, 0.25), (0.125, 1.5)))
    found = prove_at(trial(PAIRING, CONTRACT.references["Cholesky factors"]), skew)
    assert isinstance(found, Undecided)
    assert found.why == "cov0 is not symmetric at the point; pose another"


def test_the_gradient_of_a_symmetric_table_is_shared_between_its_places() -> None:
    """The formula's own derivative by the one letter is the sum of both entries'."""

    def definition(arithmetic: Any, entries: tuple[np.ndarray, ...]) -> Any:
        return entries[0][0, 1] * 2, None

    def entry(tensors: tuple[Tensor, ...]) -> Tensor:
        return (tensors[0] + tensors[0].mT)[0, 1]

    table = np.array([[2.0, 0.5], [0.5, 3.0]])
    found = prove(entry, (table,), definition, names=("cov",), symmetric=(True,))
    assert isinstance(found, Proved), found
    one_place = prove(
        lambda t: 2 * t[0][0, 1], (table,), definition, names=("cov",), symmetric=(True,)
    )
    assert isinstance(one_place, Refuted)


# -- the definition's side ------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 3])
def test_expansions_agree_with_elimination_to_fifty_digits(n: int) -> None:
    numbers = np.random.default_rng(n).integers(-64, 64, (2, n, n)) / 16
    ledger = Ledger()
    own = symbolic_arithmetic.symbols(ledger)
    a, b = (own.array(x) for x in numbers)
    left, right = (FIFTY_DIGITS.array(x) for x in numbers)
    pairs = (
        (own.solve(a, b), FIFTY_DIGITS.solve(left, right)),
        (own.inverse(a), FIFTY_DIGITS.inverse(left)),
        (own.log_det(a), FIFTY_DIGITS.log_det(left)),
    )
    for ours, theirs in pairs:
        worth = [x.at for x in np.ravel(np.asarray(ours))]
        gaps = [abs(x - y) for x, y in zip(worth, np.ravel(np.asarray(theirs)), strict=True)]
        assert max(gaps) < 1e-45


def test_a_mask_of_minus_a_billion_is_given_up_at_once() -> None:
    """Its exponential has half a billion digits behind the point; as a fraction it took minutes."""
    with pytest.raises(Lost, match="which is not rational"):
        constant(EXACT.exp(-(10**9)))
