"""A result as SARIF 2.1.0, which code hosts show beside the code.

One rule per claim, one result per violation; its fingerprint is the verdict's id, which stays the
same from run to run.  An identification that was not accepted is a warning.  What crashed or was
refused is a notification of the invocation: no theorem has spoken.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..checks.verdict import Ruling, Verdict
from .result import Result
from .words import headline, missed, plain, printable

__all__ = ["log", "write_sarif"]

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
SILENT = (Ruling.CRASHED, Ruling.REFUSED)


def write_sarif(results: Iterable[Result], path: str | Path) -> None:
    text = json.dumps(log(results), indent=1, ensure_ascii=False)
    Path(path).write_text(text + "\n", encoding="utf-8")


def log(results: Iterable[Result]) -> dict[str, Any]:
    """The SARIF log, as plain data."""
    found = list(results)
    rules = {rule["id"]: rule for result in found for rule in _rules(result)}
    order = {name: index for index, name in enumerate(rules)}
    run = {
        "tool": {"driver": _driver(found, list(rules.values()))},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(found)],
        "results": [
            {**told, "ruleIndex": order[told["ruleId"]]}
            for result in found
            for told in _results(result)
        ],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _driver(results: list[Result], rules: list[dict[str, Any]]) -> dict[str, Any]:
    versions = {r.provenance.versions.get("tightframe", "") for r in results} - {""}
    driver: dict[str, Any] = {"name": "tightframe", "rules": rules}
    return driver | ({"version": max(versions)} if versions else {})


def _rules(result: Result) -> Iterable[dict[str, Any]]:
    for verdict in result.verdicts:
        words = plain(verdict.why)
        yield {
            "id": _rule(result, verdict), "shortDescription": {"text": words or verdict.claim},
            "help": {"text": f"{words}: {verdict.tex}", "markdown": f"{words}: ${verdict.tex}$"},
            "properties": {"theorem": verdict.theorem, "binds": verdict.binds},
        }  # fmt: skip
    if result.ruling is Ruling.IDENTIFIED:
        yield {
            "id": f"{result.contract}/identified",
            "shortDescription": {"text": "behaves as another convention or parameter"},
        }


def _rule(result: Result, verdict: Verdict) -> str:
    return f"{result.contract}/{verdict.claim}".replace(" ", "-")


def _results(result: Result) -> Iterable[dict[str, Any]]:
    for verdict in result.violations:
        id = verdict.id or f"{_rule(result, verdict)}/{result.subject}"  # sampled: none to replay
        yield {
            "ruleId": _rule(result, verdict), "level": "error", "kind": "fail",
            "message": {"text": _message(result, verdict)}, "locations": [_location(result)],
            "fingerprints": {"verdict/v1": id},
        }  # fmt: skip
    if result.ruling is Ruling.IDENTIFIED and not result.accepted:
        yield {
            "ruleId": f"{result.contract}/identified", "level": "warning", "kind": "fail",
            "message": {"text": headline(result)}, "locations": [_location(result)],
            "fingerprints": {"verdict/v1": f"{result.contract}/identified/{result.subject}"},
        }  # fmt: skip


def _message(result: Result, verdict: Verdict) -> str:
    parts = [headline(result), f"{verdict.claim}: {missed(verdict) or verdict.reason}"]
    if evidence := verdict.evidence:
        parts.append(
            f"on {evidence.shown} the theorem says {evidence.ours}, the code {evidence.theirs}"
        )
    if verdict.id:
        parts.append(f"Reproduce: tightframe reproduce {verdict.id}")
    return printable(". ".join(parts))


def _location(result: Result) -> dict[str, Any]:
    """Where the target is: its file, if that is how it was named, and its name."""
    path, _, attribute = result.target.rpartition(":")
    logical = {"fullyQualifiedName": printable(result.target or result.subject)}
    location: dict[str, Any] = {"logicalLocations": [logical | {"name": printable(attribute)}]}
    if path.endswith(".py"):
        uri = Path(path).as_posix().replace(" ", "%20")
        location["physicalLocation"] = {"artifactLocation": {"uri": uri}}
    return location


def _invocation(results: list[Result]) -> dict[str, Any]:
    silent = [result for result in results if result.ruling in SILENT]
    notes = [
        {"level": "error", "message": {"text": printable(f"{headline(r)}\n{r.reason}")}}
        for r in silent
    ]
    ran = not any(result.ruling is Ruling.CRASHED for result in results)
    return {"executionSuccessful": ran, "toolExecutionNotifications": notes}
