"""The two arithmetics: the same functions, sixteen digits and sixty."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest

from tightframe.theorems.arithmetic import FIFTY_DIGITS as FIFTY
from tightframe.theorems.arithmetic import FLOAT64, of_digits

A = ((4.0, 1.0, -0.5), (0.1, 0.0, 0.7), (-0.3, 2.0, 0.9))  # a zero pivot on the way
B = ((1.0, 0.3), (-0.2, 0.5), (0.7, 0.1))


def fraction(x: Any) -> Fraction:
    sign, mantissa, exponent, _ = x._mpf_
    return (-1) ** sign * Fraction(mantissa) * Fraction(2) ** exponent


@pytest.mark.parametrize("x", [0.1, -1 / 3, 2.0**-1074, 1.7e308, 3, 0.0])
def test_a_float_is_taken_for_the_binary_number_that_it_is(x: float) -> None:
    assert fraction(FIFTY.number(x)) == Fraction(x)
    assert fraction(FIFTY.array((x,))[0]) == Fraction(x)
    assert fraction(FIFTY.array(np.array([[x]]))[0, 0]) == Fraction(x)


def test_sixty_digits_are_kept() -> None:
    third = FIFTY.number(1) / 3
    assert 0 < abs(fraction(third) - Fraction(1, 3)) < Fraction(1, 10**60)


def test_a_number_of_another_context_is_rounded_to_this_one() -> None:
    third = of_digits(130).number(1) / 3
    assert fraction(FIFTY.number(third)) == fraction(FIFTY.number(1) / 3)


def test_the_precision_is_nobody_elses() -> None:
    with mpmath.workdps(5):
        assert abs(FIFTY.exp(FIFTY.number(1)) ** 2 - FIFTY.exp(FIFTY.number(2))) < 1e-55


@pytest.mark.parametrize("name", ["exp", "expm1", "log", "log1p", "sqrt"])
def test_a_function_is_numpys_with_more_digits(name: str) -> None:
    x = np.array([[0.1, 0.7], [1.3, 20.0]])
    exact = getattr(FIFTY, name)(FIFTY.array(x))
    assert exact.shape == x.shape
    np.testing.assert_allclose(exact.astype(float), getattr(FLOAT64, name)(x), rtol=1e-15)


@pytest.mark.parametrize("x", [2.0**-40, -(2.0**-40), 2.0**-1000, 0.0])
def test_expm1_and_log1p_keep_their_digits_near_zero(x: float) -> None:
    """Against the first terms of the series, relative to the result."""
    t = of_digits(700).number(x)
    grown = t + t**2 / 2 + t**3 / 6 + t**4 / 24 + t**5 / 120 + t**6 / 720
    shrunk = t - t**2 / 2 + t**3 / 3 - t**4 / 4 + t**5 / 5 - t**6 / 6
    assert abs(FIFTY.expm1(FIFTY.number(x)) - grown) <= abs(grown) * 1e-59
    assert abs(FIFTY.log1p(FIFTY.number(x)) - shrunk) <= abs(shrunk) * 1e-59


def test_outside_its_domain_a_function_is_nan_and_at_its_edge_infinite() -> None:
    for arithmetic in (FLOAT64, FIFTY):
        below, zero = arithmetic.number(-2.0), arithmetic.number(0.0)
        with np.errstate(all="ignore"):
            ends = [arithmetic.log(below), arithmetic.log1p(below), arithmetic.sqrt(below)]
            assert all(np.isnan(float(x)) for x in ends)
            assert float(arithmetic.log(zero)) == -np.inf
            assert float(arithmetic.exp(arithmetic.number(-np.inf))) == 0
            assert float(arithmetic.log1p(below / 2)) == -np.inf
            assert float(arithmetic.expm1(arithmetic.number(-np.inf))) == -1


def test_products_are_those_of_fractions_rounded_once() -> None:
    a, b = FIFTY.array(A), FIFTY.array(B)
    for i, j in np.ndindex(3, 2):
        true = sum(Fraction(A[i][k]) * Fraction(B[k][j]) for k in range(3))
        assert abs(fraction(FIFTY.dot(a, b)[i, j]) - true) < Fraction(1, 10**59)
    assert (FIFTY.gram(a) == FIFTY.dot(a, a.T)).all()


@pytest.mark.parametrize("ours", [FLOAT64, FIFTY])
def test_a_product_has_the_shape_of_numpys(ours: Any) -> None:
    a, b, v = ours.array(A), ours.array(B), ours.array(B)[:, 0]
    shapes = [np.shape(ours.dot(*pair)) for pair in ((a, b), (a, v), (v, a), (v, v))]
    assert shapes == [(3, 2), (3,), (3,), ()]
    assert float(ours.dot(v, v)) == pytest.approx(1.53)


def test_equations_are_solved_to_the_last_digits() -> None:
    a, b = FIFTY.array(A), FIFTY.array(B)
    eye = FIFTY.array(np.eye(3))
    assert np.max(np.abs(FIFTY.dot(a, FIFTY.solve(a, b)) - b)) < 1e-58
    assert np.max(np.abs(FIFTY.dot(a, FIFTY.solve(a, b[:, 0])) - b[:, 0])) < 1e-58
    assert np.max(np.abs(FIFTY.dot(a, FIFTY.inverse(a)) - eye)) < 1e-58
    assert FIFTY.solve(a, b[:, 0]).shape == (3,)


def test_a_determinant_is_leibniz_sum_up_to_its_sign() -> None:
    a = [[Fraction(x) for x in row] for row in A]
    true = sum(
        a[0][i] * (a[1][(i + 1) % 3] * a[2][(i + 2) % 3] - a[1][(i + 2) % 3] * a[2][(i + 1) % 3])
        for i in range(3)
    )
    assert abs(abs(true) - fraction(FIFTY.exp(FIFTY.log_det(FIFTY.array(A))))) < Fraction(1, 10**58)
    assert float(FLOAT64.log_det(FLOAT64.array(A))) == pytest.approx(np.log(abs(float(true))))


@pytest.mark.parametrize("ours", [FLOAT64, FIFTY])
def test_a_singular_matrix_is_refused(ours: Any) -> None:
    singular = ours.array(((1.0, 2.0), (2.0, 4.0)))
    with pytest.raises(np.linalg.LinAlgError, match="Singular matrix"):
        ours.inverse(singular)
    with pytest.raises(np.linalg.LinAlgError, match="Singular matrix"):
        ours.solve(singular, singular)


def test_mpmath_is_not_imported_until_it_is_used() -> None:
    """And the probe can see it: one number wakes it."""
    quiet = "import sys, tightframe.theorems.catalogue as c; assert 'mpmath' not in sys.modules"
    woken = "; from tightframe.theorems.arithmetic import FIFTY_DIGITS as f; f.number(1)"
    for code, expected in ((quiet, 0), (quiet + woken + "; assert 'mpmath' in sys.modules", 0)):
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == expected
