"""Dictionary learning: floors and certificates by other algorithms; right code is upheld, wrong
code condemned, unfinished code neither."""

from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from judged import condemning
from scipy.optimize import minimize, minimize_scalar

from tightframe.checks.dictionary import PAIRING, picture
from tightframe.checks.judge import hold
from tightframe.checks.verdict import Ruling
from tightframe.implementations import dictionary_training
from tightframe.implementations.dictionary import DICTIONARY
from tightframe.implementations.dictionary_defects import DEFECTS
from tightframe.implementations.dictionary_training import by_blocks, coded, lasso, soft, start
from tightframe.theorems.dictionary import (
    Coded,
    dual_value,
    excess_terms,
    objective,
    oracle,
    shrunk_cost,
    slope_gap,
)
from tightframe.theorems.dictionary_problems import Signals, design, problems, simpler
from tightframe.theorems.lattice import lattice

ANGLES = ((2.0, 0.0, 0.0), (0.0, -1.5, 0.0), (0.0, 0.0, 1.0))


def judged(target, **how):
    return hold(target, PAIRING, how, budget="quick")


def learnt(problem):
    found = by_blocks(torch.tensor(problem.x, dtype=torch.float64), problem.k, problem.penalty)
    return Coded(**found)


# -- floors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [0.0, 0.25, 0.5, 0.75, 3.0])
def test_the_cost_of_a_row_is_what_a_search_finds(length):
    found = minimize_scalar(lambda t: (length - t) ** 2 / 2 + 0.5 * t, bounds=(0, 4))
    assert shrunk_cost(np.array(length), 0.5) == pytest.approx(found.fun, abs=1e-5)


@pytest.mark.parametrize("problem", [design()[i] for i in (1, 3, 4, 7, 9)], ids=str)
def test_the_floor_by_rank_is_the_least_of_two_factors_with_weight_decay(problem):
    """Half the squared lengths of two factors are the nuclear norm of their product at least."""
    x, k = np.array(problem.x), problem.k
    n, d = x.shape

    def cost(flat):
        A, B = flat[: n * k].reshape(n, k), flat[n * k :].reshape(d, k)
        R = x - A @ B.T
        slopes = (problem.penalty * A - R @ B, problem.penalty * B - R.T @ A)
        total = (R**2).sum() / 2 + problem.penalty * (flat**2).sum() / 2
        return total, np.concatenate([s.ravel() for s in slopes])

    draw = np.random.default_rng(0)
    starts = (draw.normal(size=(n + d) * k) for _ in range(4))
    best = min(minimize(cost, s, jac=True, tol=1e-14).fun for s in starts)
    assert oracle(problem).by_rank == pytest.approx(best / n, rel=1e-6)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_rows_at_right_angles_are_learnt_to_the_floor(k):
    problem = Signals(ANGLES, k, 0.5)
    assert learnt(problem).loss == pytest.approx(oracle(problem).floor, rel=1e-15)


@pytest.mark.parametrize("salt", range(4))
def test_an_atom_for_each_row_reaches_the_floor_by_rows(salt):
    problem = Signals(lattice(3, 4, salt), 3, 0.25)
    x = np.array(problem.x)
    lengths = np.linalg.norm(x, axis=1)
    report = coded(x, (x / lengths[:, None]).T, np.diag(soft(lengths, 0.25)), 0.25)
    assert report["loss"] == pytest.approx(oracle(problem).by_rows, rel=1e-14)
    truth = oracle(problem)
    assert truth.by_rows >= truth.by_rank


def test_no_atom_on_a_fine_grid_is_below_the_floor():
    for salt in range(6):
        problem = Signals(lattice(4, 2, salt), 1, 0.5)
        x = np.array(problem.x)
        angles = np.linspace(0, np.pi, 721)
        atoms = np.stack([np.cos(angles), np.sin(angles)])
        codes = soft(x @ atoms, 0.5)
        left = (x[:, :, None] - codes[:, None] * atoms[None]) ** 2
        costs = (left.sum(axis=1) / 2 + 0.5 * np.abs(codes)).mean(axis=0)
        assert costs.min() >= oracle(problem).floor - 1e-12
        assert learnt(problem).loss >= costs.min() - 1e-4  # a grid knows where the best one is


# -- certificates ---------------------------------------------------------------------------------


def by_signs(x, dictionary, penalty):
    """The lasso by trying every pattern of signs: the best of the least squares on each."""
    k, best = dictionary.shape[1], np.inf
    for signs in product((-1, 0, 1), repeat=k):
        used = np.flatnonzero(signs)
        atoms, sign = dictionary[:, used], np.array(signs)[used]
        code = np.linalg.pinv(atoms.T @ atoms) @ (atoms.T @ x - penalty * sign)
        error = ((x - atoms @ code) ** 2).sum() / 2
        best = min(best, error + penalty * np.abs(code).sum())
    return best


@pytest.mark.parametrize("problem", [design()[i] for i in (4, 5, 7, 9, 12)], ids=str)
def test_the_gap_bounds_what_better_codes_save_and_closes_at_the_best(problem):
    x, dictionary = np.array(problem.x), start(np.array(problem.x), problem.k)
    best = np.mean([by_signs(row, dictionary, problem.penalty) for row in x])
    for codes in (0 * x @ dictionary, x @ dictionary, soft(x @ dictionary, problem.penalty)):
        report = Coded(dictionary, codes, 0.0, False)
        assert dual_value(problem, report) <= best + 1e-12
        assert sum(excess_terms(problem, report)) == pytest.approx(
            objective(problem, report) - dual_value(problem, report), abs=1e-12
        )
    solved = Coded(dictionary, lasso(x, dictionary, problem.penalty)[0], 0.0, True)
    assert objective(problem, solved) == pytest.approx(best, rel=1e-14)
    assert dual_value(problem, solved) == pytest.approx(best, rel=1e-14)


@pytest.mark.parametrize("problem", [design()[i] for i in (1, 4, 7)], ids=str)
def test_the_slope_bounds_what_better_atoms_save_for_the_same_codes(problem):
    x, dictionary = np.array(problem.x), start(np.array(problem.x), problem.k)
    codes = lasso(x, dictionary, problem.penalty)[0]
    report = Coded(dictionary, codes, 0.0, False)
    better, rate = dictionary.copy(), 1 / np.linalg.norm(codes, 2) ** 2
    for _ in range(4000):
        better += rate * (x - codes @ better.T).T @ codes
        better /= np.maximum(1, np.linalg.norm(better, axis=0))
    saved = objective(problem, report) - objective(problem, report._replace(dictionary=better))
    assert 0 <= saved <= slope_gap(problem, report) + 1e-14
    assert slope_gap(problem, report._replace(dictionary=better)) <= 1e-12


@pytest.mark.parametrize("problem", design(), ids=str)
def test_at_the_optimum_an_atom_is_pulled_by_lambda_times_its_codes(problem):
    found = learnt(problem)
    assert found.converged
    slopes = (np.array(problem.x) - found.codes @ found.dictionary.T).T @ found.codes
    pull = problem.penalty * np.abs(found.codes).sum(axis=0)
    size = np.abs(problem.x).max() ** 2
    np.testing.assert_allclose(slopes, pull * found.dictionary, rtol=0, atol=1e-13 * size)


# -- problems -------------------------------------------------------------------------------------


def simplified(problem):
    for _ in range(300):
        assert problem.k >= 1
        assert all(any(row) for row in problem.x)
        following = next(simpler(problem), None)
        if following is None:
            break
        problem = following
    return problem


@pytest.mark.parametrize("problem", design(), ids=str)
def test_simpler_problems_keep_their_rows_and_come_to_an_end(problem):
    assert simplified(problem) == Signals(((1.0,),), 1, 0.5)


@settings(max_examples=20, deadline=None, database=None)
@given(problems())
def test_drawn_problems_do_so_too_and_are_learnt_above_their_floor(problem):
    assert simplified(problem) == Signals(((1.0,),), 1, 0.5)
    assert learnt(problem).loss >= oracle(problem).floor * (1 - 1e-14)


# -- conventions ----------------------------------------------------------------------------------

OPTIONS = [(axis.name, o.name) for axis in DICTIONARY.axes for o in axis.options[1:]]


@pytest.mark.parametrize(("axis", "option"), OPTIONS)
def test_another_convention_is_upheld_if_declared_and_named_if_not(axis, option):
    code = DICTIONARY.written(by_blocks, DICTIONARY.convention({axis: option}))
    assert judged(code, convention={axis: option}).ruling is Ruling.UPHELD
    found = judged(code)
    assert found.ruling is Ruling.IDENTIFIED
    assert found.identification.departures == {axis: option}


def test_the_whole_mean_squared_error_is_two_departures_from_ours():
    convention = {"factor": "one", "features": "mean"}
    code = DICTIONARY.written(by_blocks, DICTIONARY.convention(convention))
    assert judged(code).identification.departures == convention


# -- other people's code --------------------------------------------------------------------------


def by_iterative_thresholding(x, k, penalty, *, steps=3000, **said):
    """Atoms and codes in turn, in NumPy and by gradients."""
    rows = np.asarray(x)
    atoms, codes = start(rows, k), np.zeros((len(rows), k))
    for _ in range(steps):
        step = 1 / np.linalg.norm(atoms, 2) ** 2
        codes = soft(codes + step * (rows - codes @ atoms.T) @ atoms, step * penalty)
        slope = (rows - codes @ atoms.T).T @ codes
        atoms = atoms + slope / max(1e-12, np.linalg.norm(codes, 2) ** 2)
        atoms = atoms / np.maximum(1, np.linalg.norm(atoms, axis=0))
    loss = (((rows - codes @ atoms.T) ** 2).sum(1) / 2 + penalty * np.abs(codes).sum(1)).mean()
    return {"dictionary": atoms, "codes": codes, "loss": loss} | said


def test_an_approximate_solver_is_not_condemned_and_is_told_by_how_much_it_misses():
    result = judged(lambda x, k, penalty: by_iterative_thresholding(x, k, penalty, steps=20))
    assert result.ruling is Ruling.UPHELD
    open_claims = {v.claim: v.reason for v in result.verdicts if v.ruling is Ruling.INCONCLUSIVE}
    assert set(open_claims) == {"solves the lasso", "best for the codes"}
    assert "missed by" in open_claims["solves the lasso"]


def test_a_stated_tolerance_is_judged():
    def stated(tolerance):
        return lambda x, k, penalty: by_iterative_thresholding(
            x, k, penalty, steps=150, converged=True, tolerance=tolerance
        )

    assert judged(stated(0.05)).ruling is Ruling.UPHELD
    assert judged(stated(0.0)).ruling is Ruling.VIOLATED


def test_single_precision_is_judged_by_its_own_rounding():
    def in_float32(x, k, penalty):
        found = by_blocks(x, k, penalty)
        atoms, codes = (torch.tensor(found[n]).float() for n in ("dictionary", "codes"))
        error = ((x.float() - codes @ atoms.T) ** 2).sum(dim=1) / 2
        loss = (error + penalty * codes.abs().sum(dim=1)).mean()
        return {"dictionary": atoms, "codes": codes, "loss": loss, "converged": True}

    result = judged(in_float32)
    assert result.ruling is Ruling.UPHELD
    assert {v.dtype for v in result.verdicts} == {"float32"}


def test_atoms_shorter_than_one_are_allowed_until_it_is_called_the_optimum():
    def short(x, k, penalty, converged):
        found = by_blocks(x, k, penalty)
        rows, atoms = np.asarray(x), 0.5 * found["dictionary"]
        codes = lasso(rows, atoms, penalty)[0]
        return coded(rows, atoms, codes, penalty, converged=converged)

    assert judged(lambda x, k, penalty: short(x, k, penalty, False)).ruling is Ruling.UPHELD
    found = judged(lambda x, k, penalty: short(x, k, penalty, True), convention={"learns": "both"})
    assert {v.claim for v in found.violations} == {"best for the codes"}


def test_code_whose_last_sweep_still_moved_says_that_it_has_not_converged(monkeypatch):
    monkeypatch.setattr(dictionary_training, "SWEEPS", 1)
    assert not by_blocks(torch.tensor(lattice(5, 3, 77)).double(), 2, 0.3)["converged"]


# -- wrong code -----------------------------------------------------------------------------------


def test_each_claim_condemns_something():
    condemned = {claim for d in DEFECTS for claim in condemning("dictionary", d.name)}
    assert condemned == {claim.name for claim in PAIRING.family.claims}


def test_a_dictionary_that_is_never_updated_is_taken_for_a_given_one_unless_it_is_declared():
    (defect,) = (d for d in DEFECTS if d.name == "never updated")
    assert judged(defect.call).identification.departures == {"learns": "codes"}
    assert judged(defect.call, convention=defect.convention).diagnosis.name == defect.name


def test_a_loss_or_a_code_that_is_not_a_number_is_a_violation():
    def spoilt(name, value):
        return lambda x, k, penalty: by_blocks(x, k, penalty) | {name: value(x, k)}

    assert judged(spoilt("loss", lambda x, k: float("nan"))).ruling is Ruling.VIOLATED
    nothing = spoilt("codes", lambda x, k: np.full((len(x), k), np.nan))
    assert judged(nothing).ruling is Ruling.VIOLATED


REFUSED = {
    "a tuple": (lambda found: (found["dictionary"], found["codes"]), "keys dictionary, codes"),
    "no codes": (lambda found: {"dictionary": found["dictionary"], "loss": 1.0}, "keys dictionary"),
    "codes in columns": (lambda f: f | {"codes": f["codes"].T}, "transpose"),
    "a loss per row": (lambda f: f | {"loss": np.ones(7)}, "one number"),
    "a negative tolerance": (lambda f: f | {"tolerance": -1.0}, "tolerance from 0 to 1"),
    "an atom too many": (
        lambda f: f | {"dictionary": np.pad(f["dictionary"], ((0, 0), (0, 1)))}, "one atom",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_speak_the_contract_is_refused_with_a_remedy(name):
    spoil, words = REFUSED[name]
    result = judged(
        lambda x, k, penalty: spoil(by_blocks(x, k, penalty)), convention={"atoms": "columns"}
    )
    assert result.ruling is Ruling.REFUSED
    assert words in result.reason


def test_a_number_of_atoms_that_is_not_whole_is_refused():
    assert "whole number" in judged(by_blocks, fixed={"k": 1.5}).reason


def test_the_picture_shows_learning_above_the_floor():
    series = picture().series
    for name in ("block by block", "sparse autoencoder"):
        pairs = zip(series["floor"], series[name], strict=True)
        assert all(loss >= floor - 1e-6 for (_, floor), (_, loss) in pairs)
