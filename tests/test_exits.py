"""Exit codes, in their precedence, and findings that are expected."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from pathlib import Path

import fixture_run as runs
import pytest

from tightframe.checks.verdict import Counts, Ruling
from tightframe.exits import Exit, exit_code, read_expected, read_fail_on, surprises
from tightframe.reports.result import Result

DEFAULT = ("violated", "crashed", "refused", "identified")
UPHELD = runs.result("Fine", Ruling.UPHELD, verdicts=runs.UPHELD[:4])
INCONCLUSIVE = runs.result("Untrained", Ruling.UPHELD)  # one of its claims is inconclusive


def code(
    results: Iterable[Result],
    fail_on: Iterable[str] = DEFAULT,
    min_checks: int = 1,
    expected: dict[str, dict[str, str]] | None = None,
) -> Exit:
    return exit_code(results, expected=expected or {}, fail_on=[*fail_on], min_checks=min_checks)


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (UPHELD, Exit.OK),
        (runs.STABILISED, Exit.OK),
        (INCONCLUSIVE, Exit.OK),
        (runs.VIOLATED, Exit.VIOLATED),
        (runs.IDENTIFIED, Exit.TOO_LITTLE),
        (runs.REFUSED, Exit.TOO_LITTLE),
        (runs.CRASHED, Exit.TARGET),
    ],
    ids=lambda value: value.name if isinstance(value, Exit) else value.subject[:12],
)
def test_each_ruling_has_its_exit_code(result: Result, expected: Exit) -> None:
    assert code([result]) is expected


def test_an_identification_that_was_accepted_is_no_failure() -> None:
    assert code([runs.IDENTIFIED.model_copy(update={"accepted": True})]) is Exit.OK


def test_inconclusive_fails_only_where_asked() -> None:
    assert code([INCONCLUSIVE], [*DEFAULT, "inconclusive"]) is Exit.INCONCLUSIVE


def test_fewer_checks_than_asked_for_are_too_little() -> None:
    few = UPHELD.model_copy(update={"counts": Counts(ran=3, not_applicable=7, not_run=0)})
    assert code([few], min_checks=3) is Exit.OK
    assert code([few], min_checks=4) is Exit.TOO_LITTLE


BY_CODE = {
    Exit.TARGET: runs.CRASHED,
    Exit.VIOLATED: runs.VIOLATED,
    Exit.TOO_LITTLE: runs.REFUSED,
    Exit.INCONCLUSIVE: INCONCLUSIVE,
    Exit.OK: UPHELD,
}


def test_the_codes_stand_in_their_precedence() -> None:
    assert list(map(int, Exit)) == [130, 70, 2, 3, 1, 4, 5, 0]


@pytest.mark.parametrize("pair", [*itertools.combinations(BY_CODE, 2)], ids=str)
def test_of_two_results_the_graver_decides(pair: tuple[Exit, Exit]) -> None:
    results = [BY_CODE[c] for c in reversed(pair)]
    assert code(results, [*DEFAULT, "inconclusive"]) is pair[0]


@pytest.mark.parametrize("ruling", ["violated", "crashed", "refused", "identified"])
def test_a_ruling_that_is_left_out_of_fail_on_does_not_fail(ruling: str) -> None:
    found = {
        "violated": runs.VIOLATED, "crashed": runs.CRASHED, "refused": runs.REFUSED,
        "identified": runs.IDENTIFIED,
    }[ruling]  # fmt: skip
    left = [r for r in DEFAULT if r != ruling]
    assert code([found], left, min_checks=0) is Exit.OK


def test_an_expected_finding_does_not_count_and_an_unexpected_one_does() -> None:
    both = {"NTXentLoss": {"value": "known", "gradient": "known"}}
    one = {"NTXentLoss": {"value": "known"}}
    assert code([runs.VIOLATED], expected=both) is Exit.OK
    assert code([runs.VIOLATED], expected=one) is Exit.VIOLATED
    assert code([runs.VIOLATED], expected={"AnotherLoss": both["NTXentLoss"]}) is Exit.VIOLATED


def test_an_expected_finding_that_does_not_show_is_a_failure() -> None:
    assert code([UPHELD], expected={"Fine": {"floor": "why"}}) is Exit.VIOLATED
    assert surprises(UPHELD, {"floor": "why"}) == ({}, ("floor",))


def test_a_subject_that_could_not_be_judged_is_expected_by_the_empty_claim() -> None:
    assert surprises(runs.CRASHED, {}) == ({"": Ruling.CRASHED}, ())
    assert code([runs.CRASHED], min_checks=0, expected={"Exploding": {"": "needs CUDA"}}) is Exit.OK


def test_no_result_at_all_is_too_little() -> None:
    assert code([]) is Exit.TOO_LITTLE


def test_an_unknown_ruling_to_fail_on_is_refused_rather_than_never_met() -> None:
    assert read_fail_on("violated, crashed,") == ("violated", "crashed")
    with pytest.raises(LookupError, match="did you mean 'violated'"):
        read_fail_on("violatd")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[Loss\n", "expected: a TOML file of expected findings"),
        ('Loss = "why"\n', "expected: a table of claims and reasons for 'Loss'"),
        ("[Loss]\nrange = 3\n", 'remedy:   write [Loss] and below it range = "the reason"'),
    ],
)
def test_a_file_of_expected_findings_that_is_none_is_refused(
    tmp_path: Path, text: str, words: str
) -> None:
    path = tmp_path / "expected.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match="expected: ") as refusal:
        read_expected(path)
    assert words in str(refusal.value)


def test_a_file_of_expected_findings_is_read(tmp_path: Path) -> None:
    path = tmp_path / "expected.toml"
    path.write_text('[NTXentLoss]\nrange = "known: log(p + tiny)"\n"temperature band" = "so"\n')
    found = {"NTXentLoss": {"range": "known: log(p + tiny)", "temperature band": "so"}}
    assert read_expected(path) == found
    assert read_expected(None) == {}
