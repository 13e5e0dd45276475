"""Every job of the project, each in an environment of its own: `nox -l` lists them.

Nothing but Python 3.11+ and pip is needed, except by `browser`, which needs Chromium.
"""

from __future__ import annotations

import ast
import os
import shutil
from pathlib import Path

import nox

nox.needs_version = ">=2024.4.15"
nox.options.default_venv_backend = "virtualenv"  # uv does not find torch's CPU build
nox.options.reuse_venv = "yes"
nox.options.sessions = ["verify", "tests", "lint", "types", "contracts"]

ROOT = Path(__file__).parent
ROOMS = ("theorems", "implementations", "checks", "reports")
PINNED = ("-c", "constraints.txt")
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
TEST_TOOLS = ("import-linter", "jsonschema", "junitparser", "pytest-xdist", "scikit-learn")
TEST_TOOLS += ("setuptools", "syrupy")


def _install_the_package(
    session: nox.Session, *others: str, pins: tuple[str, ...] = PINNED
) -> None:
    """Install tightframe as its users do, not editable, with whatever else the session needs."""
    shutil.rmtree(ROOT / "build" / "lib", ignore_errors=True)  # deleted modules would be shipped
    session.install(*pins, ".", *others)
    # The folder tightframe/ in the checkout must not hide the installed package.
    session.env["PYTHONSAFEPATH"] = "1"


@nox.session
def verify(session: nox.Session) -> None:
    """Re-check every proof, train every reference, run every check; write build/report."""
    _install_the_package(session)
    session.run("tightframe", "verify", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """The tests that need nothing but Python."""
    _install_the_package(session, *TEST_TOOLS)
    options = session.posargs or ["-n", "auto", "--dist", "worksteal"]
    try:
        session.run("pytest", *options, env={"OMP_NUM_THREADS": "1"})
    finally:
        session.log(
            f"Not run here: {_test_functions('browser')} test functions in tests/browser "
            f"(nox -s browser), {_test_functions('thirdparty')} in tests/thirdparty "
            "(nox -s thirdparty)."
        )


def _test_functions(folder: str) -> int:
    """How many test functions the folder's files define, before any parametrisation."""
    trees = [ast.parse(p.read_text("utf-8")) for p in (ROOT / "tests" / folder).glob("test_*.py")]
    functions = [node for tree in trees for node in ast.walk(tree)]
    return sum(isinstance(f, ast.FunctionDef) and f.name.startswith("test_") for f in functions)


@nox.session
def browser(session: nox.Session) -> None:
    """The pages in a real headless Chromium, with axe-core."""
    chromium = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), None)
    if chromium is None or shutil.which(chromium) is None:
        session.error(
            f"expected: Chromium, as one of {', '.join(CHROMIUM)} on PATH or named by $CHROMIUM\n"
            f"received: {chromium or 'none of them'}\n"
            "remedy:   apt-get install chromium, or set CHROMIUM to the browser's path"
        )
    _install_the_package(session, "axe-playwright-python", "playwright", "pytest-xdist")
    session.run(
        "pytest", "tests/browser", "-n", "auto", *session.posargs, env={"CHROMIUM": chromium}
    )


@nox.session
def thirdparty(session: nox.Session) -> None:
    """Other people's code under audit, installed from the registry."""
    pins = ("-c", "constraints-thirdparty.txt")
    audited = ("ckatorch", "diffusers", "dit", "embo", "info-nce-pytorch")
    audited += ("pytorch-metric-learning", "scikit-learn", "sentence-transformers", "torchmetrics")
    # torch-cka does not say that it needs matplotlib
    audited += ("matplotlib", "torch-cka", "transformers")
    _install_the_package(session, *audited, "pytest-xdist", pins=pins)
    # lightly's torchvision is a stub (see the conftest); of open_clip one file is imported, and
    # of pythae and pyro what needs torch alone
    alone = ("lightly", "open-clip-torch", "opt-einsum", "pyro-api", "pyro-ppl", "pythae")
    session.install(*pins, "--no-deps", *alone)
    options = session.posargs or ["-n", "auto", "--dist", "worksteal"]
    session.run("pytest", "tests/thirdparty", *options, env={"OMP_NUM_THREADS": "1"})


@nox.session
def lint(session: nox.Session) -> None:
    """ruff: rules, then layout."""
    session.install(*PINNED, "ruff")
    session.run("ruff", "check", *session.posargs, ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """mypy, strict.  Without torch and sympy, whose values are Any here."""
    session.install(
        *PINNED, "mypy", "hypothesis", "jinja2", "numpy", "pydantic", "pytest", "rich", "typer"
    )
    cache, config = ROOT / ".mypy_cache", ROOT / "pyproject.toml"
    with session.chdir(_package_of_links(session)):
        session.run("mypy", "--strict", f"--config-file={config}", f"--cache-dir={cache}")


@nox.session
def contracts(session: nox.Session) -> None:
    """import-linter: the diamond."""
    session.install(*PINNED, "import-linter")
    folder = _package_of_links(session)
    with session.chdir(folder):
        session.run(
            "lint-imports", f"--config={ROOT / 'pyproject.toml'}", "--no-cache",
            env={"PYTHONPATH": str(folder)},
        )  # fmt: skip


def _package_of_links(session: nox.Session) -> Path:
    """A folder in which `tightframe` is laid out on disk as it is imported."""
    folder = Path(session.create_tmp()).resolve()
    package = folder / "tightframe"
    shutil.rmtree(package, ignore_errors=True)
    package.mkdir()
    files = [p for p in (ROOT / "tightframe").iterdir() if p.name != "__pycache__"]
    for original in (*files, *(ROOT / room for room in ROOMS)):
        (package / original.name).symlink_to(original)
    return folder


@nox.session
def docs(session: nox.Session) -> None:
    """The documentation, as a site in build/docs; warnings are errors."""
    session.install(*PINNED, "furo", "myst-parser", "sphinx")
    session.run("sphinx-build", "-W", "--keep-going", "-b", "html", "docs", "build/docs")


@nox.session
def bench(session: nox.Session) -> None:
    """The benchmarks, or those named: nox -s bench -- false_alarms power."""
    scripts = {p.stem: p for p in sorted((ROOT / "benchmarks").glob("*.py")) if p.stem[0] != "_"}
    if not scripts:
        session.error("expected: benchmarks/*.py\nreceived: none\nremedy:   write one")
    if unknown := [name for name in session.posargs if name not in scripts]:
        session.error(
            f"expected: benchmarks among {', '.join(scripts)}\n"
            f"received: {', '.join(unknown)}\n"
            "remedy:   nox -s bench runs them all"
        )
    _install_the_package(session, "scikit-learn")
    for name in session.posargs or scripts:
        session.run("python", str(scripts[name]), env={"OMP_NUM_THREADS": "1"})
