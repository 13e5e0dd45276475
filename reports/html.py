"""Pages: one per theorem, per contract and per audited subject, and a book that binds them.

A page by itself is one file with everything in it.  The pages of a book share a stylesheet, a
script and a font by relative links, and work from a disk.  Everything that is not markup of ours is
escaped by jinja2; a name that a template lacks is an error, not an empty string.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from ..checks.catalogue import PAIRINGS
from ..checks.pairing import Pairing
from ..checks.shadow_record import ShadowExample
from ..checks.verdict import Ruling
from ..implementations.contract import Contract
from ..theorems.catalogue import THEOREMS
from ..theorems.theorem import Outcome, Theorem
from . import assets, errata_page, mathml, plot, shadow_page, words
from .digits import agreeing, agreement, digits, exactly
from .result import Proof, ProofStep, Reference, Result, Run

__all__ = ["render_audit", "render_contract", "render_result", "render_theorem", "write_book"]

Href = Callable[[str, str], str | None]  # kind, name -> the address of its page, if it has one
FOLDERS = {"theorem": "theorems", "contract": "contracts", "subject": "subjects"}


def render_result(
    result: Result, theorem: Theorem | None = None, contract: Contract | None = None
) -> str:
    """One self-contained page about one audited subject, the verdict first."""
    return _result(result, [theorem] if theorem else [], contract, _alone())


def render_theorem(theorem: Theorem, proof: Proof | None = None, run: Run | None = None) -> str:
    """One self-contained page about one theorem: statement, assumptions, proof, references."""
    return _theorem(theorem, proof, run, _alone())


def render_contract(
    contract: Contract, pairings: Iterable[Pairing] = (), run: Run | None = None
) -> str:
    """One self-contained page about one contract: the call, the axes, the claims, the defects."""
    return _contract(contract, list(pairings), run, _alone())


def render_audit(results: list[Result], pages: Mapping[str, str]) -> str:
    """One self-contained page that lists results; `pages` maps a `subject_key` to an address."""
    frame = _alone() | {"href": lambda kind, name: pages.get(name)}
    return (
        _environment()
        .get_template("audit.jinja")
        .render(results=results, rulings=_tally(result.ruling for result in results), **frame)
    )


def write_book(
    run: Run,
    folder: str | Path,
    pairings: Iterable[Pairing] = tuple(PAIRINGS.values()),
    theorems: Iterable[Theorem] = tuple(THEOREMS.values()),
) -> Path:
    """Write the pages of a run, and `run.json`, into `folder`; return the path of index.html.

    There is a page for each of the `theorems`, for the theorem and the contract of each of the
    `pairings`, and for every subject of the run.
    """
    folder = Path(folder)
    for path, text in _pages(run, list(pairings), list(theorems)):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    assets.copy_shared(folder)
    (folder / "run.json").write_text(run.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return folder / "index.html"


def _pages(run: Run, pairings: list[Pairing], theorems: list[Theorem]) -> Iterable[tuple[str, str]]:
    paired = (theorem for pairing in pairings for theorem in pairing.theorems)
    known = {theorem.id: theorem for theorem in (*theorems, *paired)}
    contracts = {pairing.contract.name: pairing.contract for pairing in pairings}
    proofs = {proof.theorem: proof for proof in run.proofs}
    names = _names(run, known, contracts)
    inside = _in_book(names, "../")
    yield "index.html", _index(run, known, contracts, _in_book(names, ""))
    for name, theorem in known.items():
        yield names["theorem", name], _theorem(theorem, proofs.get(name), run, inside)
    for name, contract in contracts.items():
        yield names["contract", name], _contract(contract, pairings, run, inside)
    if run.shadow:
        yield names["page", "shadow"], _shadow(run, run.shadow, _in_book(names, ""))
    if run.errata:
        yield names["page", "errata"], _errata(run, _in_book(names, ""))
    for result in run.results:
        judging = [t for p in pairings if p.contract.name == result.contract for t in p.theorems]
        contract_ = contracts.get(result.contract)
        yield names["subject", subject_key(result)], _result(result, judging, contract_, inside)


def _names(
    run: Run, theorems: Iterable[str], contracts: Iterable[str]
) -> dict[tuple[str, str], str]:
    """The file of each page, by its kind and name; two names never share a file."""
    keys = [("theorem", name) for name in theorems] + [("contract", name) for name in contracts]
    keys += [("subject", subject_key(result)) for result in run.results]
    found = {(kind, name): f"{FOLDERS[kind]}/{_slug(name)}.html" for kind, name in keys}
    pages = {"shadow": run.shadow, "errata": run.errata}
    return found | {("page", name): f"{name}.html" for name, there in pages.items() if there}


def _slug(key: str) -> str:
    """A file name for any name whatever: its plain characters, and a hash where it has others."""
    plain = re.sub(r"[^a-z0-9._-]+", "-", key.partition("\n")[0].lower()).strip("-.")[:60]
    if plain == key:
        return plain
    return f"{plain or 'unnamed'}-{hashlib.sha256(key.encode()).hexdigest()[:6]}"


def subject_key(result: Result) -> str:
    """What tells subjects apart in one run: contract, name, and how it was built."""
    how = sorted(f"{key}={value}" for key, value in result.how.items())
    return "\n".join([f"{result.contract} {result.subject}", *how])


# -- the templates --------------------------------------------------------------------------------


def _result(
    result: Result, theorems: Iterable[Theorem], contract: Contract | None, frame: Mapping[str, Any]
) -> str:
    named = {theorem.id: theorem for theorem in theorems}
    judging = list(dict.fromkeys([v.theorem for v in result.verdicts] or named))
    return _environment().get_template("result.jinja").render(
        result=result, contract=contract, not_shown=words.not_shown(result),
        theorems=[(name, named.get(name) or THEOREMS.get(name)) for name in judging],
        rulings=_tally(v.ruling for v in result.verdicts),
        found=[v for v in result.verdicts if v.ruling in (Ruling.VIOLATED, Ruling.CRASHED)],
        **frame,
    )  # fmt: skip


def _theorem(
    theorem: Theorem, proof: Proof | None, run: Run | None, frame: Mapping[str, Any]
) -> str:
    steps, rows = (proof.steps, proof.assumptions) if proof else ((), ())
    return _environment().get_template("theorem.jinja").render(
        theorem=theorem, proof=proof, references=_references(theorem, run),
        measured={assumption: (fails, slack) for assumption, fails, slack in rows},
        came=[outcome(step) for step in steps],
        errata=[
            row for row in (run.errata if run else ())
            if theorem.id in row.theorems and not row.unexpected
        ],
        made=run.provenance if run else None, **frame,
    )  # fmt: skip


def _references(theorem: Theorem, run: Run | None) -> list[Reference]:
    """The references of ours that were held to a theorem: to one of its claims that applies."""
    found = run.references if run else ()
    return [
        r for r in found
        if any(v.theorem == theorem.id and v.ruling is not Ruling.NOT_APPLICABLE
               for v in r.result.verdicts)
    ]  # fmt: skip


def _contract(
    contract: Contract, pairings: list[Pairing], run: Run | None, frame: Mapping[str, Any]
) -> str:
    governing = [pairing for pairing in pairings if pairing.contract.name == contract.name]
    rows = [row for row in run.defects if row.contract == contract.name] if run else []
    results = [result for result in run.results if result.contract == contract.name] if run else []
    return _environment().get_template("contract.jinja").render(
        contract=contract, pairings=governing, results=results,
        governing=[theorem for p in governing for theorem in p.theorems],
        held=[(t, p.family.name, p.of(t)) for p in governing for t in p.theorems],
        rows={row.name: row for row in rows},
        made=run.provenance if run else None, **frame,
    )  # fmt: skip


def _index(
    run: Run,
    theorems: Mapping[str, Theorem],
    contracts: Mapping[str, Contract],
    frame: Mapping[str, Any],
) -> str:
    return _environment().get_template("index.jinja").render(
        run=run, theorems=theorems, contracts=contracts, steps=_steps(run), trials=_trials(run),
        rulings=_tally(result.ruling for result in run.results), **frame,
    )  # fmt: skip


def _shadow(run: Run, example: ShadowExample, frame: Mapping[str, Any]) -> str:
    return _environment().get_template("shadow.jinja").render(
        example=example, case=example.library.case, made=run.provenance,
        **shadow_page.shown(example), **frame,
    )  # fmt: skip


def _errata(run: Run, frame: Mapping[str, Any]) -> str:
    return _environment().get_template("errata.jinja").render(
        made=run.provenance, **errata_page.shown(run.errata), **frame,
    )  # fmt: skip


def _steps(run: Run) -> dict[str, tuple[int, int, int, float]]:
    """Per theorem: steps checked, cited, to be checked, seconds."""
    found = {}
    for proof in run.proofs:
        came = [outcome(step) for step in proof.steps]
        seconds = sum(step.seconds for step in proof.steps)
        cited = came.count("cited")
        found[proof.theorem] = (came.count("checked"), cited, len(came) - cited, seconds)
    return found


def _trials(run: Run) -> dict[str, tuple[int, int, int]]:
    """Per contract: defects condemned, defects named (if only as one of equivalents), defects."""
    trials = {}
    for contract in dict.fromkeys(row.contract for row in run.defects):
        rows = [row for row in run.defects if row.contract == contract]
        condemned, named = (sum(map(bool, column)) for column in (
            [row.condemned_by for row in rows], [row.is_named for row in rows],
        ))  # fmt: skip
        trials[contract] = (condemned, named, len(rows))
    return trials


def _tally(rulings: Iterable[Ruling]) -> dict[Ruling, int]:
    """How often each ruling was given, gravest first."""
    found = list(rulings)
    return {ruling: found.count(ruling) for ruling in Ruling if ruling in found}


def built(result: Result) -> dict[str, Any]:
    """How the subject was accepted, beyond its name and convention, which stand elsewhere."""
    return {
        key: value
        for key, value in result.how.items()
        if value and key not in ("name", "convention")
    }


# -- what every template can use ------------------------------------------------------------------


def _alone() -> dict[str, Any]:
    return {"head": assets.embedded(), "href": lambda kind, name: None, "root": None}


def _in_book(names: Mapping[tuple[str, str], str], root: str) -> dict[str, Any]:
    def href(kind: str, name: str) -> str | None:
        path = names.get((kind, name))
        return None if path is None else root + path

    return {"head": assets.shared(root), "href": href, "root": root}


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        prose=mathml.prose, inline=mathml.inline, phrase=mathml.phrase, formula=mathml.formula,
        number=_whole(words.number), duration=_whole(words.duration), share=_whole(words.share),
        counted=words.count, sign=words.sign, tone=words.tone, printable=words.printable,
        missed=words.missed, headline=words.headline, claims_run=words.claims_run,
        key=subject_key, breakable=breakable, plain=words.plain, digits=digits,
        agreeing=agreeing, agreement=agreement, exactly=exactly,
    )  # fmt: skip
    environment.globals.update(
        chart=plot.chart, scatter=plot.scatter, outcome=outcome, badge=badge, fate=fate, built=built
    )
    return environment


def outcome(step: ProofStep) -> str:
    """checked, cited, refuted, undecided or empty: the first word of a step's outcome."""
    return re.split(r"\W", step.outcome.strip().lower(), maxsplit=1)[0]


def fate(step: ProofStep) -> str:
    """What became of a step's slip, or what to do about a step that did not check."""
    if (came := outcome(step)) == "checked":
        return "it fails, as it must"
    return Outcome[came.upper()].value if came.upper() in Outcome.__members__ else step.outcome


def badge(step: ProofStep) -> str:
    """What a step has earned, in words; a cited one has earned nothing."""
    if step.kind == "cited":
        return ""
    if (came := outcome(step)) != "checked":
        return came
    return {
        "exhaustive enumeration": "every case checked",
        "numerical certificate": "enclosed by interval arithmetic",
    }.get(step.kind, "checked by sympy")


def breakable(name: str) -> Markup:
    """A name in which a line may break after a dot, a colon, a slash or an underscore."""
    parts = re.split(r"(?<=[._:/])", words.printable(name))
    return Markup("<wbr>").join(parts)


def _whole(tell: Callable[[Any], str]) -> Callable[[Any], str]:
    """The same words, with spaces at which no line may break."""
    return lambda value: tell(value).replace(" ", "\u00a0")
