"""Exit codes, and what was expected of a subject."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Mapping
from enum import IntEnum
from pathlib import Path

from .checks.verdict import Ruling
from .implementations.contract import UnknownName
from .reports.result import Result

__all__ = ["Exit", "Expected", "exit_code", "read_expected", "read_fail_on", "surprises"]

Expected = Mapping[str, Mapping[str, str]]  # subject -> claim -> the reason
FAILING = ("violated", "crashed", "refused", "identified", "inconclusive")
BAD = (Ruling.VIOLATED, Ruling.REFUSED, Ruling.CRASHED)


class Exit(IntEnum):
    """In this precedence, gravest first."""

    INTERRUPTED = 130
    OUR_OWN_BUG = 70
    USAGE = 2
    TARGET = 3
    VIOLATED = 1
    TOO_LITTLE = 4
    INCONCLUSIVE = 5
    OK = 0


def exit_code(
    results: Iterable[Result],
    *,
    expected: Expected,
    fail_on: Collection[str],
    min_checks: int,
) -> Exit:
    """The gravest outcome; an expected finding does not count, one that no longer shows does."""
    results = list(results)
    codes = {Exit.OK if results else Exit.TOO_LITTLE}
    for result in results:
        found, stale = surprises(result, expected.get(result.subject, {}))
        if "crashed" in fail_on and Ruling.CRASHED in found.values():
            codes.add(Exit.TARGET)
        if "violated" in fail_on and (Ruling.VIOLATED in found.values() or stale):
            codes.add(Exit.VIOLATED)
        if "refused" in fail_on and Ruling.REFUSED in found.values():
            codes.add(Exit.TOO_LITTLE)
        if "identified" in fail_on and result.identification and not result.accepted:
            codes.add(Exit.TOO_LITTLE)
        if result.counts.ran < min_checks:
            codes.add(Exit.TOO_LITTLE)
        if "inconclusive" in fail_on and _inconclusive(result):
            codes.add(Exit.INCONCLUSIVE)
    return next(code for code in Exit if code in codes)


def surprises(
    result: Result, expected: Mapping[str, str]
) -> tuple[dict[str, Ruling], tuple[str, ...]]:
    """The bad rulings that nobody expected, by claim ("" for the whole subject), and the expected
    ones that did not show (strict)."""
    bad = {v.claim: v.ruling for v in result.verdicts if v.ruling in BAD}
    if result.ruling in (Ruling.REFUSED, Ruling.CRASHED) and not result.verdicts:
        bad[""] = result.ruling
    stale = tuple(claim for claim in expected if claim not in bad)
    return {claim: ruling for claim, ruling in bad.items() if claim not in expected}, stale


def read_fail_on(text: str) -> tuple[str, ...]:
    """The rulings that fail a run, from ruling,ruling.  Raises `LookupError` for another word."""
    found = tuple(filter(None, (part.strip() for part in text.split(","))))
    for ruling in found:
        if ruling not in FAILING:
            raise UnknownName("ruling that fails a run", ruling, FAILING)
    return found


def read_expected(path: Path | None) -> Expected:
    """A TOML file of `[subject]` tables with `claim = "reason"`.  Raises `ValueError`."""
    if path is None:
        return {}
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ValueError(
            f"expected: a TOML file of expected findings\nreceived: {path}: {error}\n"
            'remedy:   write [Subject] and below it claim = "the reason"'
        ) from error
    for subject, claims in found.items():
        if not isinstance(claims, dict) or not all(isinstance(r, str) for r in claims.values()):
            raise ValueError(
                f"expected: a table of claims and reasons for {subject!r}\nreceived: {claims!r}\n"
                f'remedy:   write [{subject}] and below it range = "the reason"'
            )
    return found


def _inconclusive(result: Result) -> bool:
    return any(v.ruling is Ruling.INCONCLUSIVE for v in result.verdicts)
