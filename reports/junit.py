"""A result as JUnit XML, which continuous integration reads: one test case per claim."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree as ET

from ..checks.verdict import Ruling, Verdict
from .result import Result
from .words import headline, missed, plain, printable

__all__ = ["write_junit", "xml"]

# What a ruling is called in JUnit; a ruling that is not here passed.
OUTCOMES = {
    Ruling.VIOLATED: "failure", Ruling.CRASHED: "error", Ruling.REFUSED: "error",
    Ruling.INCONCLUSIVE: "skipped", Ruling.NOT_APPLICABLE: "skipped",
}  # fmt: skip


def write_junit(results: Iterable[Result], path: str | Path) -> None:
    Path(path).write_text(xml(results), encoding="utf-8")


def xml(results: Iterable[Result]) -> str:
    """One suite per subject.  An identification that was not accepted is a failure of its own."""
    root = ET.Element("testsuites", name="tightframe")
    for result in results:
        _suite(root, result)
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(root: ET.Element, result: Result) -> None:
    suite = ET.SubElement(root, "testsuite", name=_name(result), time=f"{result.seconds:.3f}")
    suite.set("timestamp", result.provenance.date)
    _properties(suite, result)
    for verdict in result.verdicts:
        _case(suite, result, verdict)
    silent = result.ruling in (Ruling.CRASHED, Ruling.REFUSED)
    if not result.verdicts or (silent and result.ruling not in {v.ruling for v in result.verdicts}):
        _whole(suite, result, OUTCOMES.get(result.ruling))
    elif result.ruling is Ruling.IDENTIFIED and not result.accepted:
        _whole(suite, result, "failure")
    cases = suite.findall("testcase")
    suite.set("tests", str(len(cases)))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(attribute, str(sum(case.find(tag) is not None for case in cases)))


def _name(result: Result) -> str:
    return printable(f"{result.contract}.{result.subject}").replace("\n", " ")


def _properties(suite: ET.Element, result: Result) -> None:
    made = result.provenance
    known = {"ruling": result.ruling.value, "seed": str(made.seed), "budget": made.budget}
    known |= {f"convention.{axis}": option for axis, option in result.convention.items()}
    known |= {f"version.{package}": version for package, version in made.versions.items()}
    properties = ET.SubElement(suite, "properties")
    for name, value in known.items():
        ET.SubElement(properties, "property", name=name, value=printable(value))


def _case(suite: ET.Element, result: Result, verdict: Verdict) -> None:
    case = ET.SubElement(
        suite, "testcase", classname=_name(result), name=printable(verdict.claim),
        time=f"{verdict.seconds:.3f}",
    )  # fmt: skip
    if (tag := OUTCOMES.get(verdict.ruling)) is None:
        return
    off = missed(verdict) if verdict.ruling is Ruling.VIOLATED else ""
    message = off or printable(verdict.reason)
    outcome = ET.SubElement(case, tag, message=message or verdict.ruling.value)
    outcome.set("type", verdict.ruling.value)
    if verdict.ruling is Ruling.VIOLATED:
        outcome.text = _told(verdict)


def _whole(suite: ET.Element, result: Result, tag: str | None) -> None:
    """A case that stands for the result itself, where no claim could be judged."""
    case = ET.SubElement(suite, "testcase", classname=_name(result), name=result.contract)
    case.set("time", f"{result.seconds:.3f}")
    if tag is not None:
        outcome = ET.SubElement(case, tag, message=headline(result))
        outcome.set("type", result.ruling.value)
        outcome.text = printable(result.reason)


def _told(verdict: Verdict) -> str:
    lines = [plain(verdict.why)]
    if evidence := verdict.evidence:
        lines += [
            f"smallest input: {evidence.shown}",
            f"the theorem says: {evidence.ours}",
            f"the code says: {evidence.theirs}",
        ]
    if verdict.id:
        lines.append(f"reproduce: tightframe reproduce {verdict.id}")
    return printable("\n".join(lines))
