"""What the commands do; `cli` says how they are called.  Heavy parts are imported where used."""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping
from contextlib import nullcontext, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import api, target

if TYPE_CHECKING:
    from .reports.result import Result

__all__ = ["TargetFailed", "UsageError", "check", "doctor", "explain", "identify", "list_"]
__all__ += ["imported", "literals", "numbers", "pairs", "prove", "put", "report", "reproduce"]
__all__ += ["save", "show", "slug", "verify"]

LAST = Path(".tightframe/last.json")


class UsageError(ValueError):
    """The command line asks for what there is not; the message says what there is."""


class TargetFailed(Exception):
    """The target could not be imported."""


# -- options --------------------------------------------------------------------------------------


def pairs(text: str) -> dict[str, str]:
    """name=value,name=value as a dict."""
    found = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        name, equals, value = part.partition("=")
        if not equals:
            raise UsageError(
                f"expected: name=value\nreceived: {part!r}\nremedy:   put an equals sign in between"
            )
        found[name.strip()] = value.strip()
    return found


def numbers(text: str) -> dict[str, float]:
    try:
        return {name: float(value) for name, value in pairs(text).items()}
    except ValueError as error:
        if isinstance(error, UsageError):
            raise
        raise UsageError(
            f"expected: name=number\nreceived: {text!r}\nremedy:   such as temperature=0.5"
        ) from error


def literals(texts: list[str]) -> dict[str, Any]:
    """name=value, the value a Python literal where it is one, else the text."""
    found: dict[str, Any] = {}
    for text in texts:
        for name, value in pairs(text).items():
            try:
                found[name] = ast.literal_eval(value)
            except (ValueError, SyntaxError):
                found[name] = value
    return found


def imported(text: str) -> Any:
    try:
        with redirect_stdout(sys.stderr):  # stdout is for results
            return target.load(text)
    except target.TargetSyntaxError as error:
        raise UsageError(str(error)) from error
    except target.TargetError as error:
        raise TargetFailed(str(error)) from error


# -- judging --------------------------------------------------------------------------------------


def check(
    text: str,
    contract: str,
    how: dict[str, Any],
    *,
    files: Mapping[str, Path | None],
    fail_on: str,
    min_checks: int,
    expected: Path | None,
    devices: bool = False,
) -> int:
    from .exits import exit_code, read_expected, read_fail_on

    try:
        failing = read_fail_on(fail_on)
        awaited = read_expected(expected)
        api.contract(contract)
        result = judged(imported(text), text, contract, how)
    except (LookupError, ValueError) as error:
        raise UsageError(str(error)) from error
    save(result)
    for kind, path in files.items():
        if path is not None:
            getattr(result, f"to_{kind}")(path)
    code = exit_code([result], expected=awaited, fail_on=failing, min_checks=min_checks)
    if devices:
        from .devices import on_cuda

        print(f"{on_cuda(text, contract, how)}\n")  # of its own: it moves no exit code
    put(result, awaited.get(result.subject, {}))
    return code


def judged(found: Any, text: str, contract: str, how: Mapping[str, Any]) -> Result:
    """The result of one check, with the target as it was named."""
    from rich.console import Console

    console = Console(stderr=True)
    waiting = console.status(f"holding {text} to {contract}")
    with waiting if console.is_terminal else nullcontext(), redirect_stdout(sys.stderr):
        result = api.check(found, contract, **how)
    return result.model_copy(update={"target": text})


def verify(
    *, budget: str, seed: int, fresh: bool, folder: Path, processes: int, json: Path | None
) -> int:
    from .reports.workers import awaken

    awaken(processes)  # before anything heavy is imported here
    from .checks.catalogue import PAIRINGS
    from .checks.problems import BUDGETS
    from .implementations.contract import UnknownName
    from .reports.book import broken, make_run, summary
    from .reports.html import write_book

    if budget not in BUDGETS:
        raise UsageError(str(UnknownName("budget", budget, BUDGETS)))
    run = make_run(budget=budget, seed=seed, fresh=fresh, processes=processes)
    index = write_book(run, folder, PAIRINGS.values())
    LAST.parent.mkdir(exist_ok=True)
    for path in (LAST, json):
        if path is not None:
            path.write_text(run.model_dump_json(indent=1) + "\n", encoding="utf-8")
    print(f"the book: {index}\n{summary(run)}")
    for line in broken(run):
        print(f"  {line}")
    return 1 if broken(run) else 0


def identify(text: str, convention: Mapping[str, str], key: str | None) -> int:
    from rich.console import Console
    from rich.progress import track

    from .checks.catalogue import PAIRINGS
    from .checks.verdict import Ruling

    found = target.built(imported(text))
    tried = {
        name: pairing for name, pairing in PAIRINGS.items()
        if set(convention) <= {axis.name for axis in pairing.contract.axes}
    }  # fmt: skip
    how: dict[str, Any] = {"convention": convention, "key": key, "budget": "quick"}
    console = Console(stderr=True)
    shown = console.is_terminal
    each = track(tried, "contracts", console=console, disable=not shown, transient=True)
    results = [judged(found, text, name, how) for name in each]
    good = (Ruling.UPHELD, Ruling.STABILISED, Ruling.IDENTIFIED)
    matches = [result for result in results if result.ruling in good]
    for result in matches:
        print(_identified(result, text))
    if not matches:
        print(f"{text} behaves as none of: {', '.join(tried)}")
        for result in results:
            if result.diagnosis:
                print(f"near {result.contract}, but for an error: {result.diagnosis.name}")
    print(f"{len(results)} contracts tried, {len(matches)} fit")
    return 0 if matches else 4


def _identified(result: Result, text: str) -> str:
    inferred = result.identification
    words = inferred.sentence if inferred else "canonical, as it is"
    options = f" --key {result.how['key']}" if result.how.get("key") else ""
    if inferred and inferred.departures:
        options += " --convention " + ",".join(f"{k}={v}" for k, v in inferred.departures.items())
    if inferred and inferred.parameters:
        options += " --fixed " + ",".join(f"{k}={v:.6g}" for k, v in inferred.parameters.items())
    return f"{result.contract}: {words}\n  tightframe check {text} --as {result.contract}{options}"


def reproduce(id: str, moved: str | None) -> int:
    from .checks.replay import replay

    place, _, violation = id.rpartition("#")
    result, verdict = _recorded(Path(place) if place else LAST, violation)
    address = moved or result.target
    if not address:
        raise UsageError(
            "expected: a result whose target can be imported\n"
            "received: one that was judged as a Python object\n"
            "remedy:   name where it lives by --target module:attribute"
        )
    how = {k: v for k, v in result.how.items() if k != "dtype"}
    again = replay(imported(address), result, verdict, how)
    print(f"{verdict.id}  {result.subject} against {verdict.theorem}: {verdict.claim}")
    print(f"  problem   {again.shown}")
    print(f"  theorem   {again.ours}")
    print(f"  yours     {again.theirs}")
    print(f"  slack     {again.slack:.6g}, noise {again.noise:.3g} ({again.strength.value})")
    holds = again.slack >= -again.noise
    print("it holds now" if holds else "still violated")
    return 0 if holds else 1


def _recorded(path: Path, id: str) -> tuple[Result, Any]:
    results = _results(path)
    for result in results:
        for verdict in result.verdicts:
            if verdict.id and verdict.id == id:
                return result, verdict
    known = [v.id for r in results for v in r.verdicts if v.id]
    raise UsageError(
        f"expected: a violation's id in {path}\nreceived: {id!r}\n"
        f"remedy:   {'one of ' + ', '.join(known) if known else 'there are none in it'}"
    )


# -- telling --------------------------------------------------------------------------------------


def prove(id: str, *, fresh: bool) -> int:
    from .theorems.memory import checked

    theorem = _theorem(id)
    print(f"{theorem.title}\n")
    good = steps = 0
    for number, (step, outcome, when, seconds) in enumerate(checked(theorem, fresh=fresh), 1):
        steps += 1
        good += outcome in ("CHECKED", "CITED")
        print(f"{number:3}. [{outcome.lower():9}] {step.why}  ({step.kind}; {step.scope})")
        if outcome != "CITED":
            print(f"       slip: {step.slip}  {when}, {seconds * 1000:.0f} ms")
    print(f"\n{good} of {steps} steps stand")
    return 0 if good == steps else 1


def explain(id: str) -> int:
    from .implementations.catalogue import CONTRACTS
    from .theorems.catalogue import THEOREMS

    if id not in THEOREMS and id not in CONTRACTS:
        _theorem(id)
    if id in THEOREMS:
        print(_told(THEOREMS[id]))
    if id in CONTRACTS:
        print(_asked(CONTRACTS[id]))
    return 0


def _told(theorem: Any) -> str:
    assumptions = "\n".join(
        f"  - {a.words}\n      {a.fails or a.unknown}" for a in theorem.assumptions
    )
    references = "\n".join(f"  - {r}" for r in theorem.references)
    return (
        f"{theorem.title}\n\n{_wrapped(theorem.intuition)}\n\nStatement\n"
        f"{_wrapped(theorem.statement)}\n\nAssumptions, and what fails without them\n{assumptions}"
        f"\n\nProof, in words (tightframe prove {theorem.id} checks it)\n"
        f"{_wrapped(theorem.proof_words)}\n\nReferences\n{references}\n"
    )


def _asked(contract: Any) -> str:
    lines = [
        f"Contract {contract.name}: {contract.title}",
        f"  {contract.name}{contract.signature}",
    ]
    for axis in contract.axes:
        lines.append(f"  {axis.name}{' (another function)' if axis.variant else ''}")
        lines += [f"    {option.name:16} {option.words}" for option in axis.options]
    lines.append(f"  {len(contract.defects)} known defects:")
    lines += [f"    {defect.name}: {defect.why}" for defect in contract.defects]
    return "\n".join(lines)


def _wrapped(text: str) -> str:
    import textwrap

    return textwrap.fill(text, 88, initial_indent="  ", subsequent_indent="  ")


def list_() -> int:
    from .implementations.catalogue import CONTRACTS
    from .theorems.catalogue import THEOREMS

    print("Theorems (tightframe explain ID, tightframe prove ID)")
    for id, theorem in THEOREMS.items():
        print(f"  {id:22} {theorem.title}")
    print("\nContracts (tightframe check TARGET --as CONTRACT)")
    for name, contract in CONTRACTS.items():
        print(f"  {name:22} {contract.signature}")
    return 0


def show(path: Path) -> int:
    for result in _results(path):
        put(result, {})
    return 0


def report(files: list[Path], folder: Path) -> int:
    from .reports.html import render_result

    folder.mkdir(parents=True, exist_ok=True)
    for result in (r for path in files for r in _results(path)):
        page = folder / f"{result.contract}-{slug(result.subject)}.html"
        page.write_text(render_result(result, *_sources(result)), encoding="utf-8")
        print(page)
    return 0


def doctor() -> int:
    from .environment import findings

    bad = 0
    for good, words in findings():
        bad += not good
        print(f"{'ok ' if good else 'NO '} {words}")
    return 1 if bad else 0


# -- helpers --------------------------------------------------------------------------------------


def _theorem(id: str) -> Any:
    try:
        return api.theorem(id)
    except LookupError as error:
        raise UsageError(str(error)) from error


def _sources(result: Result) -> tuple[Any, Any]:
    from .checks.catalogue import PAIRINGS

    pairing = PAIRINGS.get(result.contract)
    return (pairing.theorem, pairing.contract) if pairing else (None, None)


def _results(path: Path) -> list[Result]:
    """The results in a saved file: one check's, or all references' of a run."""
    import json

    from .reports.result import Result, Run

    try:
        text = path.read_text(encoding="utf-8")
        if "proofs" in json.loads(text):
            return [r.result for r in Run.model_validate_json(text).references]
        return [Result.model_validate_json(text)]
    except (OSError, ValueError) as error:
        raise UsageError(
            f"expected: a result saved by tightframe\nreceived: {path}: {str(error)[:300]}\n"
            "remedy:   run `tightframe check` or `tightframe verify` here first, or name a file"
        ) from error


def save(result: Result) -> None:
    LAST.parent.mkdir(exist_ok=True)
    result.to_json(LAST)


def put(result: Result, awaited: Mapping[str, str]) -> None:
    from rich.console import Console

    from .exits import surprises
    from .reports.terminal import show as shown

    found, stale = surprises(result, awaited)
    for claim, reason in awaited.items():
        if claim in stale:
            print(f"expected, but it did not show: {claim} ({reason})")
        elif claim not in found:
            print(f"as expected: {claim} ({reason})")
    if sys.stdout.isatty():
        shown(result, Console())
    else:
        print(result)


def slug(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in name)[:80] or "subject"
