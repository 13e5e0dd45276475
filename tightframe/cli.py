"""The command line.  Results go to stdout, progress to stderr; the last line says what ran."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from . import audit_command, commands

__all__ = ["main"]

app = typer.Typer(
    name="tightframe",
    help="Hold representation-learning code to the theorems that it claims to implement.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def command(body: Callable[..., int]) -> Callable[..., None]:
    """Register a command whose body returns its exit code."""

    @wraps(body)
    def run(*arguments: Any, **options: Any) -> None:
        raise typer.Exit(_code(body, *arguments, **options))

    app.command(name=body.__name__.strip("_").replace("_", "-"))(run)
    return run


def _code(body: Callable[..., int], *arguments: Any, **options: Any) -> int:
    try:
        return body(*arguments, **options)
    except commands.UsageError as error:
        print(error, file=sys.stderr)
        return 2
    except commands.TargetFailed as error:
        print(error, file=sys.stderr)
        return 3
    except BrokenPipeError:  # whoever read our output has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception:  # noqa: BLE001 - the last resort: whatever is left is ours
        traceback.print_exc()
        print("This is a bug in tightframe, not in your code; please report it.", file=sys.stderr)
        return 70


Contract = Annotated[str, typer.Option("--as", help="the contract; `tightframe list` names them")]
Convention = Annotated[
    str, typer.Option(help="declared axes, such as reduction=sum,views=concatenated")
]
Fixed = Annotated[str, typer.Option(help="parameter values inside the object: temperature=0.5")]
Named = Annotated[str, typer.Option("--map", help="the code's own names: temperature=tau")]
Extras = Annotated[
    list[str] | None,
    typer.Option("--with", help="another keyword argument, name=value; repeatable"),
]
Key = Annotated[str | None, typer.Option(help="the entry to judge of a dict that is returned")]
Accept = Annotated[bool, typer.Option("--accept-identified", help="what was inferred is meant")]
Seed = Annotated[int, typer.Option(help="seed of the drawn problems")]
Budget = Annotated[
    str, typer.Option(help="how many problems are drawn: quick (none), normal or thorough")
]
Dtype = Annotated[str, typer.Option(help="precision of the range verdict")]
Strength = Annotated[
    str, typer.Option(help="how a formula is run: strongest, shadow, lifted or native")
]
Json = Annotated[Path | None, typer.Option(help="write the result as JSON")]
Junit = Annotated[Path | None, typer.Option(help="write the result as JUnit XML")]
Sarif = Annotated[Path | None, typer.Option(help="write the violations as SARIF 2.1.0")]
Html = Annotated[Path | None, typer.Option(help="write the result as one HTML page")]
FailOn = Annotated[
    str,
    typer.Option(
        help="rulings that fail the run: violated, crashed, refused, identified, inconclusive"
    ),
]
MinChecks = Annotated[int, typer.Option(help="fail if fewer claims were judged")]
ExpectedFile = Annotated[Path | None, typer.Option("--expected", help="TOML of expected findings")]
Timeout = Annotated[float | None, typer.Option(help="seconds after which the code is stopped")]
Memory = Annotated[int | None, typer.Option(help="MiB of address space that the code may take")]

Devices = Annotated[
    bool, typer.Option("--devices", help="also say whether it would run on a GPU; none is needed")
]


@command
def check(
    target: Annotated[str, typer.Argument(help="package.module:attribute or file.py:attribute")],
    contract: Contract = "",
    convention: Convention = "",
    fixed: Fixed = "",
    named: Named = "",
    extras: Extras = None,
    key: Key = None,
    accept_identified: Accept = False,
    seed: Seed = 0,
    budget: Budget = "normal",
    dtype: Dtype = "float32",
    strength: Strength = "strongest",
    json: Json = None,
    junit: Junit = None,
    sarif: Sarif = None,
    html: Html = None,
    fail_on: FailOn = "violated,crashed,refused,identified",
    min_checks: MinChecks = 1,
    expected: ExpectedFile = None,
    timeout: Timeout = None,
    memory: Memory = None,
    devices: Devices = False,
) -> int:
    """Judge one target under one contract."""
    if not contract:
        raise commands.UsageError(
            "expected: --as and a contract\nreceived: no contract\n"
            f"remedy:   tightframe identify {target} says which it may be, and tightframe list "
            "which there are"
        )
    if timeout is not None or memory is not None:
        from .limits import run_limited

        return run_limited(sys.argv, target, contract, timeout=timeout, memory=memory)
    how: dict[str, Any] = {
        "convention": commands.pairs(convention), "fixed": commands.numbers(fixed),
        "map": commands.pairs(named), "extras": commands.literals(extras or []), "key": key,
        "accept_inferred": accept_identified, "seed": seed, "budget": budget, "dtype": dtype,
        "strength": strength,
    }  # fmt: skip
    files = {"json": json, "junit": junit, "sarif": sarif, "html": html}
    return commands.check(
        target, contract, how, files=files, fail_on=fail_on, min_checks=min_checks,
        expected=expected, devices=devices,
    )  # fmt: skip


@command
def audit_denoiser(
    target: Annotated[str, typer.Argument(help="package.module:attribute or file.py:attribute")],
    clean: Annotated[Path, typer.Option(help="clean rows [n, ...], never trained on, as .npy")],
    sigma: Annotated[float, typer.Option(help="standard deviation of the noise that is added")],
    bounds: Annotated[tuple[float, float], typer.Option(help="what holds all data: low high")],
    exact: Annotated[bool, typer.Option("--exact", help="it is meant to be the optimum")] = False,
    seed: Annotated[int, typer.Option(help="seed of the noise")] = 0,
    json: Json = None,
    junit: Junit = None,
    sarif: Sarif = None,
    html: Html = None,
    fail_on: FailOn = "violated,crashed,refused",
) -> int:
    """Audit a trained denoiser of an unknown prior by its values and clean rows."""
    files = {"json": json, "junit": junit, "sarif": sarif, "html": html}
    return audit_command.command(
        target, clean, sigma, bounds, exact=exact, seed=seed, files=files, fail_on=fail_on
    )


@command
def verify(
    budget: Budget = "normal",
    seed: Seed = 0,
    fresh: Annotated[bool, typer.Option("--fresh", help="re-check remembered proofs too")] = False,
    html: Annotated[Path, typer.Option(help="folder of the book")] = Path("build/report"),
    processes: Annotated[int, typer.Option(help="worker processes; 0: one per core")] = 0,
    json: Json = None,
) -> int:
    """The main job: check every proof, train every reference, run every check and every defect."""
    return commands.verify(
        budget=budget,
        seed=seed,
        fresh=fresh,
        folder=html,
        processes=processes or os.cpu_count() or 1,
        json=json,
    )


@command
def identify(target: str, convention: Convention = "", key: Key = None) -> int:
    """Say which contract and convention a target speaks, and the line that would check it."""
    return commands.identify(target, commands.pairs(convention), key)


@command
def prove(
    id: Annotated[str, typer.Argument(help="a theorem's id")],
    fresh: Annotated[bool, typer.Option("--fresh", help="re-check remembered steps")] = False,
) -> int:
    """Check the proof of one theorem, step by step."""
    return commands.prove(id, fresh=fresh)


@command
def explain(id: Annotated[str, typer.Argument(help="a theorem or a contract")]) -> int:
    """Tell a theorem's intuition, statement and proof, or a contract's call and axes."""
    return commands.explain(id)


@command
def list_() -> int:
    """Name every theorem and every contract."""
    return commands.list_()


@command
def show(file: Annotated[Path, typer.Argument()] = Path(".tightframe/last.json")) -> int:
    """Print a saved result again."""
    return commands.show(file)


@command
def report(
    files: list[Path],
    html: Annotated[Path, typer.Option(help="folder to write to")] = Path("build/report"),
) -> int:
    """Write the pages of saved results."""
    return commands.report(files, html)


@command
def reproduce(
    id: Annotated[str, typer.Argument(help="a violation's id, or FILE#ID")],
    target: Annotated[str | None, typer.Option(help="where the code is now, if it moved")] = None,
) -> int:
    """Run one recorded violation again: that input, and nothing else."""
    return commands.reproduce(id, target)


@command
def doctor() -> int:
    """Say whether this environment is fit, and what is missing."""
    return commands.doctor()


def main() -> None:
    """Run the command line and exit: 130 if interrupted, else as `exits.Exit` says."""
    app()
