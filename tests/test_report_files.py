"""What other programs read: the terminal's text, JUnit, SARIF, and the JSON schema."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from fixture_run import (
    CRASHED,
    HOSTILE,
    IDENTIFIED,
    REFUSED,
    RESULTS,
    RUN,
    SHOWN,
    STABILISED,
    VIOLATED,
)  # fmt: skip
from junitparser import Error, Failure, JUnitXml, Skipped
from rich.console import Console

from tightframe.checks.verdict import Ruling
from tightframe.reports import junit, sarif, schema, terminal, words
from tightframe.reports.html import render_result
from tightframe.reports.result import Result

HERE = Path(__file__).parent
# The OASIS schema (2.1.0-rtm.5) as the npm package @microsoft/jest-sarif 1.0.0-beta.0 carries it.
SARIF = json.loads((HERE / "data" / "sarif-2.1.0.schema.json").read_text("utf-8"))


# -- terminal -------------------------------------------------------------------------------------


def test_the_first_line_is_the_verdict_and_the_last_what_was_run() -> None:
    lines = terminal.text(VIOLATED).splitlines()
    assert lines[0] == (
        "violated: NTXentLoss breaks value and gradient of nt-xent: self-similarity kept"
    )
    assert lines[-1] == "3 claims ran, 1 did not apply, 1 was not run, in 840 ms"


def test_an_identification_says_the_offending_value_in_the_first_line() -> None:
    assert terminal.text(IDENTIFIED).splitlines()[0] == (
        "identified: behaves as NT-Xent with temperature 0.25, positive left out of the denominator"
    )


def test_a_violation_has_its_input_both_numbers_its_bound_and_a_command() -> None:
    said = terminal.text(VIOLATED)
    for part in (
        f"smallest input   {SHOWN}", "the theorem says 1.5514447139320511",
        "the code says    1.9047832494", "off by 0.353, where the bound is 2.1 × 10⁻¹⁵",
        "reproduce        tightframe reproduce nt-xent/value/3f2a", "seen in          somebody/sim",
    ):  # fmt: skip
        assert part in said


def test_tex_becomes_letters_as_far_as_they_go() -> None:
    assert words.plain(r"$s_{ij} = u_i \cdot u_j/\tau$ for \$5, $\frac12$") == (
        r"s_{ij} = u_i · u_j/τ for $5, \frac12"
    )


def test_a_long_command_is_not_broken_into_lines() -> None:
    long = VIOLATED.verdicts[0].model_copy(update={"id": "nt-xent/value/" + 200 * "a"})
    said = terminal.text(VIOLATED.model_copy(update={"verdicts": (long,)}))
    assert f"tightframe reproduce nt-xent/value/{200 * 'a'}\n" in said


@pytest.mark.parametrize("result", RESULTS, ids=lambda result: result.ruling.value)
def test_colour_changes_no_word(result: Result) -> None:
    console = Console(file=io.StringIO(), width=100, force_terminal=True, color_system="truecolor")
    terminal.show(result, console)
    coloured = Console(file=io.StringIO(), width=100, color_system=None)
    terminal.show(result, coloured)
    assert "\x1b[" in console.file.getvalue()  # type: ignore[attr-defined]
    assert "\x1b" not in coloured.file.getvalue()  # type: ignore[attr-defined]
    plain = [line.rstrip() for line in coloured.file.getvalue().splitlines()]  # type: ignore[attr-defined]
    assert "\n".join(plain) == terminal.text(result)


def test_hostile_names_cannot_style_the_terminal() -> None:
    console = Console(file=io.StringIO(), width=100, force_terminal=True, color_system="truecolor")
    terminal.show(REFUSED.model_copy(update={"subject": HOSTILE + "[red]\r"}), console)
    said = console.file.getvalue()  # type: ignore[attr-defined]
    assert r"\x1b[31m" in said
    assert r"[red]\r" in said
    assert "\x1b[31m{" not in said


# -- JUnit ----------------------------------------------------------------------------------------


def cases(result: Result) -> dict[str, list[Any]]:
    suites = JUnitXml.fromstring(junit.xml([result]).encode())
    return {case.name: list(case.result) for suite in suites for case in suite}


def test_junit_has_one_case_per_claim() -> None:
    found = cases(VIOLATED)
    assert list(found) == [verdict.claim for verdict in VIOLATED.verdicts]
    assert isinstance(found["value"][0], Failure)
    assert SHOWN in found["value"][0].text
    assert isinstance(found["floor"][0], Skipped)
    assert found["tangency"] == []


def test_junit_counts_what_it_lists() -> None:
    (suite,) = JUnitXml.fromstring(junit.xml([VIOLATED]).encode())
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (5, 2, 0, 2)


def test_junit_knows_failures_from_errors() -> None:
    assert isinstance(cases(CRASHED)["nt-xent"][0], Error)
    assert isinstance(cases(REFUSED)["nt-xent"][0], Error)
    assert isinstance(cases(IDENTIFIED)["nt-xent"][0], Failure)
    assert "nt-xent" not in cases(IDENTIFIED.model_copy(update={"accepted": True}))
    assert not any(isinstance(o, Failure | Error) for r in cases(STABILISED).values() for o in r)


def test_a_claim_that_crashed_is_told_once() -> None:
    claim = VIOLATED.verdicts[0].model_copy(update={"ruling": Ruling.CRASHED, "evidence": None})
    crashed = CRASHED.model_copy(update={"verdicts": (claim,)})
    assert list(cases(crashed)) == ["value"]
    assert isinstance(cases(crashed)["value"][0], Error)
    assert "value made it crash" in render_result(crashed)


def test_junit_is_written_to_a_file(tmp_path: Path) -> None:
    junit.write_junit(RESULTS, tmp_path / "junit.xml")
    assert len(list(JUnitXml.fromfile(str(tmp_path / "junit.xml")))) == len(RESULTS)


# -- SARIF ----------------------------------------------------------------------------------------


def test_sarif_speaks_the_oasis_schema(tmp_path: Path) -> None:
    in_file = VIOLATED.model_copy(update={"target": "some folder/losses.py:NTXentLoss"})
    sarif.write_sarif([*RESULTS, in_file], tmp_path / "out.sarif")
    log = json.loads((tmp_path / "out.sarif").read_text("utf-8"))
    jsonschema.Draft4Validator(SARIF).validate(log)
    jsonschema.Draft4Validator(SARIF).validate(sarif.log([]))


def test_the_schema_refuses_what_is_not_sarif() -> None:
    log = sarif.log([VIOLATED])
    log["runs"][0]["results"][0]["level"] = "violated"
    with pytest.raises(jsonschema.ValidationError, match="violated"):
        jsonschema.Draft4Validator(SARIF).validate(log)


def test_sarif_fingerprints_are_the_ids_of_the_verdicts() -> None:
    told = sarif.log([VIOLATED])["runs"][0]["results"]
    prints = [result["fingerprints"]["verdict/v1"] for result in told]
    assert prints == [verdict.id for verdict in VIOLATED.violations]


def test_sarif_points_to_the_file_that_was_named() -> None:
    in_file = VIOLATED.model_copy(update={"target": "some folder/losses.py:NTXentLoss"})
    place = sarif.log([in_file])["runs"][0]["results"][0]["locations"][0]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "some%20folder/losses.py"
    assert place["logicalLocations"][0]["name"] == "NTXentLoss"


def test_in_sarif_a_crash_is_no_result() -> None:
    run = sarif.log([CRASHED, REFUSED])["runs"][0]
    assert run["results"] == []
    assert run["invocations"][0]["executionSuccessful"] is False
    assert len(run["invocations"][0]["toolExecutionNotifications"]) == 2


def test_in_sarif_an_identification_is_a_warning_until_it_is_accepted() -> None:
    (told,) = sarif.log([IDENTIFIED])["runs"][0]["results"]
    assert told["level"] == "warning"
    accepted = IDENTIFIED.model_copy(update={"accepted": True})
    assert sarif.log([accepted])["runs"][0]["results"] == []


# -- JSON -----------------------------------------------------------------------------------------


def test_the_published_schema_is_the_one_that_the_code_gives() -> None:
    published = HERE.parent / "docs" / "result.schema.json"
    assert published.read_text("utf-8") == schema.schema_text(), (
        "the records changed: write reports.schema.schema_text() to docs/result.schema.json"
    )


@pytest.mark.parametrize("record", [RUN, *RESULTS], ids=lambda record: type(record).__name__)
def test_what_is_written_obeys_the_published_schema(record: Any) -> None:
    validator = jsonschema.Draft202012Validator(schema.schema())
    validator.validate(json.loads(record.model_dump_json()))


def test_the_schema_refuses_a_ruling_that_does_not_exist() -> None:
    data = json.loads(VIOLATED.model_dump_json()) | {"ruling": "fine"}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema.schema()).validate(data)
