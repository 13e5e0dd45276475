"""A result in a terminal: the verdict in the first line, what was run in the last.

Everything that the code under audit chose (names, errors, reprs) is printed as plain text without
control characters, so that it can neither style nor overwrite what is said about it.
"""

from __future__ import annotations

import io
from collections.abc import Iterable

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..checks.verdict import Diagnosis, Identification, Ruling, ShadowFound, Verdict
from .result import Result
from .words import claims_run, headline, missed, number, plain, printable, share, sign, tone

__all__ = ["show", "text"]

STYLES = {"good": "green", "wary": "yellow", "bad": "red", "mute": "dim"}
WIDTH = 100
WIDEST = 140  # of the table of claims, no cell of which is ever cut short
PROOF = 150  # characters of a proof's conditions; the page has them all
LABEL = 17  # columns of the labels before each fact


def text(result: Result) -> str:
    """What `show` prints, without colour, 100 columns wide: this is `str(result)`."""
    console = Console(file=io.StringIO(), width=WIDTH, color_system=None, legacy_windows=False)
    show(result, console)
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    return "\n".join(line.rstrip() for line in lines)


def show(result: Result, console: Console) -> None:
    """Print the verdict, what is violated and by which input, the claims, and what was run."""
    style = f"bold {STYLES[tone(result.ruling)]}"
    _print(console, Text(headline(result), style=style))
    for label, words in _facts(result):
        _fact(console, label, words)
    for verdict in result.verdicts:
        if verdict.ruling in (Ruling.VIOLATED, Ruling.CRASHED):
            _finding(console, verdict)
    if result.verdicts:
        console.print()
        console.print(_claims(result.verdicts), width=max(console.width, WIDEST), crop=False)
        for label, words in _undecided(result.verdicts):
            _fact(console, label, words)
    console.print()
    _print(console, Text(claims_run(result)))


def _facts(result: Result) -> Iterable[tuple[str, str]]:
    """The lines below the headline, as labels and words."""
    if result.ruling is Ruling.IDENTIFIED:
        yield "subject", result.subject
    if result.convention:
        yield "convention", _listed(result.convention, result.declared)
    if result.fixed:
        yield "fixed", _listed({name: number(value) for name, value in result.fixed.items()})
    if result.reason:
        yield "reason", result.reason
    if result.identification:
        yield from _identified(result.identification, accepted=result.accepted)
    if result.shadow:
        yield from _shadowed(result.shadow)
    for found in result.stabilisers:
        yield (
            "stabiliser",
            f"{number(found.size)} {plain(found.words)}; effect {number(found.effect)}",
        )
    if result.diagnosis:
        yield from _diagnosed(result.diagnosis)


def _shadowed(found: ShadowFound) -> Iterable[tuple[str, str]]:
    yield "by shadow", f"{found.outcome.value}: {found.words}"
    for line in found.lines:
        yield "shown at", line
    for sentence in found.proved:
        yield "symbolically", f"{sentence[:PROOF]}{' ...' * (len(sentence) > PROOF)}"


def _identified(found: Identification, *, accepted: bool) -> Iterable[tuple[str, str]]:
    for name, value in found.parameters.items():
        yield name, f"{value:.12g}"
    for name, words in found.departures.items():
        yield name, plain(words)
    if not accepted:
        yield "to be judged", "declare it, if this is what you meant"


def _diagnosed(found: Diagnosis) -> Iterable[tuple[str, str]]:
    yield "diagnosis", plain(found.name)
    yield "what it changes", plain(found.changes)
    yield "why it is made", plain(found.why)
    if found.seen_in:
        yield "seen in", "; ".join(found.seen_in)
    if found.equivalents:
        yield "same as", ", ".join(found.equivalents)


def _listed(values: dict[str, str], declared: Iterable[str] = ()) -> str:
    known = set(declared)
    return ", ".join(f"{k}={v}" + (" (declared)" if k in known else "") for k, v in values.items())


def _finding(console: Console, verdict: Verdict) -> None:
    console.print()
    _print(
        console, Text(f"{sign(verdict.ruling)} {verdict.claim}: {plain(verdict.why)}", style="red")
    )
    if verdict.reason:
        _fact(console, "reason", verdict.reason)
    if evidence := verdict.evidence:
        _fact(console, "smallest input", evidence.shown)
        _fact(console, "the theorem says", evidence.ours)
        _fact(console, "the code says", evidence.theirs)
        _fact(console, "beyond the bound", missed(verdict))
        _fact(console, "execution", f"{evidence.strength.value} {evidence.dtype}")
    if verdict.id:
        _fact(console, "reproduce", f"tightframe reproduce {verdict.id}")


def _fact(console: Console, label: str, words: str) -> None:
    """A label and its words; later lines are indented below the first, none is broken."""
    first, *rest = printable(words).splitlines() or [""]
    line = Text.assemble("  ", (f"{label:<{LABEL - 1}} ", "dim"), first)
    _print(console, line)
    for more in rest:
        _print(console, Text(" " * (LABEL + 2) + more))


def _print(console: Console, line: Text) -> None:
    """A line that is not wrapped, so that what is copied from it is whole."""
    line.plain = printable(line.plain)
    console.print(line, soft_wrap=True)


def _undecided(verdicts: Iterable[Verdict]) -> Iterable[tuple[str, str]]:
    """Why claims were not decided, those with one reason together."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for v in verdicts:
        if v.reason and v.ruling in (Ruling.INCONCLUSIVE, Ruling.NOT_APPLICABLE, Ruling.REFUSED):
            reasons.setdefault((v.ruling.value, v.reason), []).append(v.claim)
    for (ruling, reason), claims in reasons.items():
        yield ruling, f"{', '.join(claims)}: {reason}"


def _claims(verdicts: Iterable[Verdict]) -> Padding:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading, side in (
        ("claim", "left"), ("ruling", "left"), ("noise\nused", "right"),
        ("smallest\nerror caught", "right"), ("problems", "right"), ("execution", "left"),
    ):  # fmt: skip
        table.add_column(
            heading, justify="right" if side == "right" else "left", no_wrap=True, vertical="bottom"
        )
    for verdict in verdicts:
        table.add_row(
            Text(printable(verdict.claim)),
            Text(f"{sign(verdict.ruling)} {verdict.ruling.value}", STYLES[tone(verdict.ruling)]),
            share(verdict.used), number(verdict.detectable), str(verdict.problems),
            f"{verdict.strength.value} {verdict.dtype}",
        )  # fmt: skip
    return Padding(table, (0, 0, 0, 2))
