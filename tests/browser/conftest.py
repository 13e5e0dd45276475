"""Chromium, started once, and the pages of the miniature run, written once."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fixture_run
import pytest
from browser.guards import Open, Visit
from playwright.sync_api import Browser, sync_playwright

from tightframe.checks.shadow_example import shadow_example
from tightframe.checks.verdict import Ruling
from tightframe.reports.errata_page import erratum_row
from tightframe.reports.html import render_contract, render_result, render_theorem, write_book
from tightframe.reports.result import Proof, ProofStep
from tightframe.theorems.catalogue import THEOREMS
from tightframe.theorems.errata import ERRATA
from tightframe.theorems.theorem import Step

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip(f"needs Chromium, as one of {', '.join(NAMES)} on PATH or named by CHROMIUM")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Open]:
    """Opens a file in a fresh context, and listens to it: `visit(path, width=390, ...)`."""
    contexts = []

    def opened(path: Path, *, width: int = 1280, **options: Any) -> Visit:
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        found = Visit(context.new_page())
        found.page.on("request", lambda request: found.requests.append(request.url))
        found.page.on("console", lambda message: found.messages.append(message.text))
        found.page.on("pageerror", lambda error: found.messages.append(str(error)))
        found.page.goto(path.resolve().as_uri())
        return found

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The pages of every theorem and every contract that there is, with the steps of their proofs,
    of which none was checked; and those of shadow execution and of the errata, run."""
    proofs = [
        Proof(theorem=name, assumptions=(), steps=tuple(map(unchecked, theorem.proof())))
        for name, theorem in THEOREMS.items()
    ]
    run = fixture_run.RUN.model_copy(update={
        "proofs": tuple(proofs), "audits": (), "shadow": shadow_example(),
        "errata": tuple(map(erratum_row, ERRATA)),
    })  # fmt: skip
    folder = write_book(run, tmp_path_factory.mktemp("catalogue")).parent
    return [
        *folder.glob("theorems/*.html"),
        *folder.glob("contracts/*.html"),
        folder / "shadow.html",
        folder / "errata.html",
    ]


def unchecked(step: Step) -> ProofStep:
    return ProofStep(
        why=step.why, kind=step.kind, tex=step.tex, scope=step.scope, slip=step.slip,
        outcome="UNDECIDED", seconds=0.0,
    )  # fmt: skip


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One page of every kind, in a book and by itself, by name."""
    folder = tmp_path_factory.mktemp("pages")
    run, pairing = fixture_run.RUN, fixture_run.PAIRING
    index = write_book(run, folder / "book", [pairing], [])
    found = {
        f"book {path.relative_to(index.parent)}": path
        for path in index.parent.rglob("*.html")
        if path.parent.name != "subjects" or "script" in path.name  # others are below, alone
    }
    alone = {
        result.ruling.value: render_result(result, pairing.theorem, pairing.contract)
        for result in fixture_run.RESULTS
        if result.ruling is not Ruling.STABILISED  # its page has nothing that others lack
    }
    alone["theorem"] = render_theorem(pairing.theorem, run.proofs[0], run)
    alone["contract"] = render_contract(pairing.contract, [pairing], run)
    for name, text in alone.items():
        found[name] = folder / f"{name}.html"
        found[name].write_text(text, encoding="utf-8")
    return found
