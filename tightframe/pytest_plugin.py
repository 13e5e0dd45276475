"""`tightframe.parametrize`: one test per implementation and claim.  And what pytest loads.

    @tightframe.parametrize([NTXentLoss(0.5)], "nt-xent", fixed={"temperature": 0.5})
    def test_theory(check):
        check()

pytest loads this module in every project that has tightframe installed: nothing heavy here.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .checks.pairing import Pairing
    from .checks.verdict import Verdict
    from .reports.result import Result

__all__ = ["parametrize"]

Findings = Mapping[str, Mapping[str, str]]  # name of an implementation -> claim -> the reason


def parametrize(
    targets: Iterable[Any] | Mapping[str, Any],
    contract: str | Pairing,
    *,
    expected: Findings | None = None,
    min_checks: int = 1,
    accept_inferred: bool = False,
    **how: Any,
) -> Callable[[Callable[..., Any]], Any]:
    """Make one test per target and claim of a test function that takes `check` and calls it.

    `targets` are what `tightframe.check` takes, or a dict that names them; `how` are its keywords.
    A claim that is violated fails, one that is inconclusive is an xfail, one that does not apply is
    skipped.  `expected` gives the reasons for violations that are known, `{"NTXentLoss": {"range":
    "log(p + tiny)"}}`: they are xfails, and fail when they no longer show.  All claims of a target
    fail if it was refused, crashed, was only identified (unless `accept_inferred`), or if fewer
    than `min_checks` claims were judged.  Each target is judged once per process.

    Raises `LookupError` for an unknown contract, name or claim, `TypeError` for another keyword.
    """
    pairing = _pairing(contract)
    _refuse_unknown(how)
    named = _named(targets, how.pop("name", None))
    claims = _claims(pairing)
    _refuse_unexpected(expected or {}, list(named), claims)

    def decorate(function: Callable[..., Any]) -> Any:
        checks = []
        for name, target in named.items():
            subject = _Subject(
                name=name, target=target, pairing=pairing, min_checks=min_checks,
                how=how | {"accept_inferred": accept_inferred},
                address=_address(target, function),
            )  # fmt: skip
            known = (expected or {}).get(name, {})
            for claim in claims:
                id = f"{name}-{claim}".replace(" ", "-")
                checks.append(pytest.param(_Check(subject, claim, known.get(claim)), id=id))
        return pytest.mark.parametrize("check", checks)(function)

    return decorate


@dataclass(slots=True, kw_only=True)
class _Subject:
    """An implementation, judged when the first of its claims is asked for."""

    name: str
    target: Any
    pairing: Any
    how: Mapping[str, Any]
    min_checks: int
    address: str
    found: list[Result] = field(default_factory=list)

    def result(self) -> Result:
        from .api import check

        if not self.found:
            result = check(self.target, self.pairing, name=self.name, **self.how)
            update = {"target": self.address or result.target}
            self.found.append(result.model_copy(update=update))
        return self.found[0]

    def trouble(self) -> str:
        """Why no claim of this implementation may pass, if so."""
        from .checks.verdict import Ruling
        from .reports.words import claims_run, headline

        result = self.result()
        if result.ruling in (Ruling.REFUSED, Ruling.CRASHED) and not result.verdicts:
            return f"{headline(result)}\n{result.reason}"
        if result.identification and not result.accepted and not result.violations:
            return (
                f"{headline(result)}\n"
                "remedy:   declare it by convention={...} and fixed={...}, or say "
                "accept_inferred=True"
            )
        if result.counts.ran < self.min_checks:
            expected = f"expected: at least {self.min_checks} claims judged"
            return f"{expected}\nreceived: {claims_run(result)}"
        return ""


@dataclass(frozen=True, slots=True)
class _Check:
    """One claim of one implementation; calling it passes, fails, skips or xfails the test."""

    subject: _Subject
    claim: str
    known: str | None

    def __call__(self) -> None:
        from .checks.verdict import Ruling

        verdict = self.verdict()
        if trouble := self.subject.trouble():
            pytest.fail(trouble, pytrace=False)
        if verdict is None:
            pytest.fail(f"the claim {self.claim!r} was not run", pytrace=False)
        if verdict.ruling is Ruling.INCONCLUSIVE:
            pytest.xfail(f"inconclusive: {verdict.reason}")
        bad = verdict.ruling in (Ruling.VIOLATED, Ruling.REFUSED, Ruling.CRASHED)
        if bad and self.known is not None:
            pytest.xfail(f"expected: {self.known}")
        if bad:
            pytest.fail(self._told(verdict), pytrace=False)
        if self.known is not None:
            pytest.fail(
                f"expected: {self.claim} to be violated ({self.known})\n"
                f"received: {verdict.ruling.value}\nremedy:   take it out of expected",
                pytrace=False,
            )
        if verdict.ruling is Ruling.NOT_APPLICABLE:
            pytest.skip(f"not applicable: {verdict.reason}")

    def verdict(self) -> Verdict | None:
        found = [v for v in self.subject.result().verdicts if v.claim == self.claim]
        return found[0] if found else None

    def _told(self, verdict: Verdict) -> str:
        """What a failing claim says: the smallest input, both numbers, the error by name."""
        from .reports.words import missed, plain, printable

        result, evidence = self.subject.result(), verdict.evidence
        lines = [f"{self.claim} {verdict.ruling.value}: {plain(verdict.why)}"]
        if verdict.reason:
            lines.append(verdict.reason)
        if evidence is not None and verdict.id:
            where = "" if result.target else " --target MODULE:ATTRIBUTE"
            lines += [
                f"  smallest input    {evidence.shown}",
                f"  the theorem says  {evidence.ours}",
                f"  the code says     {evidence.theirs}",
                f"  beyond the bound  {missed(verdict)}",
                f"  reproduce         tightframe reproduce {_saved(result)}#{verdict.id}{where}",
            ]
        if result.diagnosis is not None:
            lines.append(f"  diagnosis         {result.diagnosis.name}: {result.diagnosis.why}")
        return printable("\n".join(lines))

    def properties(self) -> Iterator[tuple[str, str]]:
        """What the JUnit file says of this test, once the implementation is judged."""
        verdict = self.verdict() if self.subject.found else None
        if verdict is None:
            return
        yield "tightframe.ruling", verdict.ruling.value
        yield "tightframe.theorem", verdict.theorem
        yield "tightframe.claim", verdict.claim
        yield "tightframe.used", repr(verdict.used)
        yield "tightframe.detectable", repr(verdict.detectable)


# -- what is asked --------------------------------------------------------------------------------


def _pairing(contract: str | Pairing) -> Pairing:
    from .checks.catalogue import PAIRINGS
    from .implementations.contract import UnknownName

    if not isinstance(contract, str):
        return contract
    if contract not in PAIRINGS:
        raise UnknownName("contract", contract, PAIRINGS)
    return PAIRINGS[contract]


def _claims(pairing: Pairing) -> list[str]:
    return [c.name for c in pairing.family.claims] + (["range"] if pairing.family.ranges() else [])


def _named(targets: Iterable[Any] | Mapping[str, Any], name: str | None) -> dict[str, Any]:
    """The targets by name; of two that are called alike the second gets a number."""
    from .implementations.implementation import label

    if isinstance(targets, Mapping):
        return dict(targets)
    found: dict[str, Any] = {}
    for target in targets:
        called = name or label(target)
        alike = sum(known.partition("#")[0] == called for known in found)
        found[f"{called}#{alike + 1}" if alike else called] = target
    return found


def _refuse_unknown(how: Mapping[str, Any]) -> None:
    from . import api

    known = [p for p in inspect.signature(api.check).parameters if p not in ("target", "contract")]
    if unknown := [name for name in how if name not in known]:
        raise TypeError(
            f"expected: keywords of tightframe.check: {', '.join(known)}\n"
            f"received: {', '.join(unknown)}\nremedy:   leave them out"
        )


def _refuse_unexpected(expected: Findings, names: list[str], claims: list[str]) -> None:
    from .implementations.contract import UnknownName

    for name, findings in expected.items():
        if name not in names:
            raise UnknownName("name of an implementation", name, names)
        for claim in findings:
            if claim not in claims:
                raise UnknownName("claim", claim, claims)


def _address(target: Any, function: Callable[..., Any]) -> str:
    """file.py:attribute for what is defined in the test's own file, which may not be importable."""
    path = getattr(target, "__qualname__", "<")
    if "<" in path or getattr(target, "__module__", None) != function.__module__:
        return ""
    return f"{os.path.relpath(inspect.getfile(function))}:{path}"


def _saved(result: Result) -> Path:
    """Where the result is kept for `tightframe reproduce`, from the working folder."""
    from .commands import slug

    path = Path(".tightframe") / f"pytest-{result.contract}-{slug(result.subject)}.json"
    path.parent.mkdir(exist_ok=True)
    result.to_json(path)
    return path


# -- what pytest calls ----------------------------------------------------------------------------

JUDGED = pytest.StashKey[dict[str, str]]()  # results as JSON, by contract and name


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("tightframe").addoption(
        "--tightframe-html", metavar="FILE", type=Path,
        help="write a page about all that tightframe judged",
    )  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    config.stash[JUDGED] = {}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    check = getattr(getattr(item, "callspec", None), "params", {}).get("check")
    try:
        yield
    finally:
        if isinstance(check, _Check):
            item.user_properties += check.properties()
            if item.config.getoption("tightframe_html") and check.subject.found:
                key = f"{check.subject.pairing.contract.name} {item.nodeid.partition('[')[0]} "
                judged = item.config.stash[JUDGED]
                judged.setdefault(
                    key + check.subject.name, check.subject.found[0].model_dump_json()
                )


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: Any) -> None:
    """Gather what an xdist worker judged."""
    sent: dict[str, str] = getattr(node, "workeroutput", {}).get("tightframe", {})
    node.config.stash[JUDGED].update(sent)


def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    judged, path = config.stash.get(JUDGED, {}), config.getoption("tightframe_html")
    if hasattr(config, "workeroutput"):
        config.workeroutput["tightframe"] = judged
    elif path is not None and judged:
        from .reports.audit import write_audit
        from .reports.result import Result

        write_audit([Result.model_validate_json(text) for _, text in sorted(judged.items())], path)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    path = config.getoption("tightframe_html")
    if path is not None and config.stash.get(JUDGED, {}):
        terminalreporter.write_line(f"tightframe: {path}")
