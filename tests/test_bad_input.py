"""Bad input is told what was expected, what was received and what to do, and has its exit code."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import bad_input
import numpy as np
import pytest
import torch
from click.testing import Result
from typer.testing import CliRunner

import tightframe
from tightframe.cli import app

HERE = Path(__file__).parent

Check = Callable[..., Result]


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    """`tightframe check` in this process, in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def run(target: str, *options: str) -> Result:
        if target in vars(bad_input):
            target = f"{HERE / 'bad_input.py'}:{target}"
        contract = [] if "--as" in options else ["--as", "nt-xent"]
        return CliRunner().invoke(app, ["check", target, "--budget", "quick", *contract, *options])

    return run


# -- what the code does ---------------------------------------------------------------------------

REFUSED, CRASHED = 4, 3
CUT = (
    "expected: an output that carries a gradient (requires_grad)",
    "received: an output cut off from its inputs: .item(), .detach(), no_grad, or NumPy",
    "remedy:   return the tensor itself",
)
ONE_TENSOR = ("expected: one tensor, or a number", "remedy:   return the loss itself;")
MUTATES = (
    "expected: a callable that leaves its inputs as they are",
    "in place",
    "remedy:   work on a copy: x = x.clone()",
)
SUBJECTS = {
    "takes_four_arguments": (REFUSED, (
        "expected: a callable: nt-xent(z1[n,d], z2[n,d], temperature) -> float",
        "missing a required argument: 'queue'", "remedy:   give further arguments by extras",
    )),
    "wrong_shape": (REFUSED, (
        "expected: an output of shape ()", "received: shape (3, 2) under the convention ",
        "remedy:   declare the convention that the code follows, such as reduction=none",
    )),
    "wrong_shape_of_odd_batches": (REFUSED, ("received: shape (7,)",)),
    "number": (REFUSED, (
        "refused: gradient and tangency of number could not be judged", *CUT, "10 claims ran",
    )),
    "detached": (REFUSED, CUT),
    "without_grad": (REFUSED, CUT),
    "numpy_only": (REFUSED, (*CUT, "10 claims ran")),
    "not_a_number": (1, (
        "violated: not_a_number breaks value", "the code says    nan", "not a number, where the",
    )),
    "raises": (CRASHED, ("RuntimeError: out of luck", "on the problem Batch(z1=")),
    "raises_on_batches_of_three": (CRASHED, ("IndexError: three is too many",)),
    "mutates_its_input": (REFUSED, (*MUTATES, "mutates_its_input, which changes input 1")),
    "mutates_without_trace": (REFUSED, (*MUTATES, "which changes input 2")),
    "draws_from_random": (REFUSED, (
        "expected: draws by torch", "received: a draw by random", "remedy:   draw with torch.randn",
    )),
    "draws_from_numpy": (REFUSED, ("received: a draw by numpy.random",)),
    "seeds_numpy": (REFUSED, ("received: a draw by numpy.random, or a seed",)),
    "draws_waiting_times": (REFUSED, (
        "expected: draws that are normal, uniform and only compared, or of finitely many outcomes",
        "received: a draw by aten.exponential_",
        "(dropout: call eval())",
    )),
    "returns_a_dict": (REFUSED, (
        "expected: one tensor", "received: a dict with keys accuracy, loss",
        "remedy:   choose one with key='loss' (--key on the command line)",
    )),
    "returns_none": (REFUSED, (*ONE_TENSOR, "received: NoneType")),
    "returns_a_word": (REFUSED, (*ONE_TENSOR, "received: str")),
    "returns_a_pair": (REFUSED, (*ONE_TENSOR, "received: tuple")),
    "not_callable": (REFUSED, (
        "expected: a callable: nt-xent(z1[n,d], z2[n,d], temperature) -> float",
        "received: 3.14, which is a float", "remedy:   hand over the function, the loss object,",
    )),
    "ConstructorRaises": (CRASHED, ("ValueError: no licence",)),
    "ConstructorAsksForMore": (REFUSED, (
        "expected: a constructor that can be called with temperature",
        "missing a required argument: 'device'", "remedy:   give the others by extras",
    )),
    "TakesNoTemperature": (REFUSED, (
        "expected: a constructor argument for the parameter 'temperature'",
        "received: TakesNoTemperature(margin)", "(--map temperature=NAME ",
    )),
    "exits": (CRASHED, ("SystemExit: good-bye",)),
    "never_ends": (CRASHED, ("RecursionError: maximum recursion depth exceeded",)),
}  # fmt: skip


@pytest.mark.parametrize("subject", SUBJECTS)
def test_code_that_does_not_speak_the_contract_is_told_why(check: Check, subject: str) -> None:
    code, words = SUBJECTS[subject]
    run = check(subject)
    assert run.exit_code == code, run.output
    assert [word for word in words if word not in run.stdout] == [], run.output


def test_code_of_another_arity_is_held_to_the_convention_that_it_could_follow(check: Check) -> None:
    """One argument is how concatenated views are handed over; a sum of them is no NT-Xent."""
    run = check("takes_one_argument")
    assert run.exit_code == 1
    assert "views=concatenated" in run.stdout


@pytest.mark.parametrize("subject", ["prints", "warns", "changes_torch"])
def test_manners_are_no_matter_of_correctness(check: Check, subject: str) -> None:
    run = check(subject)
    assert run.exit_code == 0, run.output
    assert run.stdout.startswith("upheld: ")


def test_what_the_code_prints_does_not_reach_stdout(check: Check) -> None:
    run = check("prints")
    assert "noise from the code under audit" not in run.stdout
    assert "noise from the code under audit" in run.stderr


def test_an_interrupt_in_the_code_ends_the_run() -> None:
    with pytest.raises(KeyboardInterrupt):
        tightframe.check(bad_input.is_interrupted, "nt-xent", budget="quick")


def test_global_state_is_as_it_was_whatever_the_code_did() -> None:
    def state() -> tuple[object, ...]:
        theirs = np.random.get_state()  # noqa: NPY002 - the generator that others use
        return (
            torch.get_default_dtype(), torch.get_num_threads(), torch.get_rng_state().tolist(),
            torch.is_grad_enabled(), random.getstate(), str(theirs),
        )  # fmt: skip

    before = state()
    for subject in (bad_input.changes_torch, bad_input.seeds_numpy, bad_input.draws_from_random):
        tightframe.check(subject, "nt-xent", budget="quick")
        assert state() == before


@pytest.mark.parametrize("subject", [bad_input.Projected, bad_input.ProjectedInFloat64])
def test_a_module_with_parameters_of_its_own_is_judged_and_left_as_it_was(
    subject: type[bad_input.Projected],
) -> None:
    module = subject()
    kind = module.scale.dtype
    result = tightframe.check(module, "nt-xent", fixed={"temperature": 0.5}, budget="quick")
    assert result.ruling.value == "upheld"
    by_name = {verdict.claim: verdict for verdict in result.verdicts}
    assert by_name["value"].dtype == "exact"
    assert by_name["range"].dtype == str(kind).removeprefix("torch.")
    assert {p.dtype for p in module.parameters()} == {kind}
    assert all(p.grad is None for p in module.parameters())


# -- what was asked for ---------------------------------------------------------------------------

USAGE, TARGET = 2, 3
GOOD = f"{HERE / 'bad_input.py'}:right"
HIDDEN = f"{HERE / 'bad_input.py'}:Tau"
REQUESTS = {
    "unknown contract": (GOOD, ("--as", "nt-xnet"), USAGE, (
        "expected: a contract, one of", "received: 'nt-xnet'", "did you mean 'nt-xent'?")),
    "no contract": (GOOD, ("--as", ""), USAGE, (
        "expected: --as and a contract", "remedy:   tightframe identify ")),
    "parameter of a contract without any": (
        GOOD, ("--as", "byol", "--fixed", "temperature=1"), USAGE, (
            "expected: no parameter of the contract 'byol', as there is none",
            "received: 'temperature'", "remedy:   leave it out")),
    "no colon": ("losses.py", (), USAGE, (
        "expected: package.module:attribute, or path/to/file.py:attribute",
        "received: 'losses.py'", "remedy:   put a colon")),
    "missing module": ("nowhere.losses:loss", (), TARGET, (
        "expected: nowhere.losses to be importable",
        "received: ModuleNotFoundError: No module named 'nowhere'", "remedy:   see that")),
    "missing file": ("nowhere.py:loss", (), TARGET, (
        "expected: a Python file", "received: nowhere.py, which is not there", "remedy:   name")),
    "module that raises": ("raises.py:loss", (), TARGET, (
        "expected: raises.py to be importable", "received: ZeroDivisionError: division by zero")),
    "file that hides a module of Python's": ("hides/ssl.py:loss", (), TARGET, (
        "expected: hides/ssl.py to be importable", "remedy:   rename ssl.py")),
    "module that exits": ("exits.py:loss", (), TARGET, ("received: SystemExit: 0",)),
    "missing attribute": (f"{HERE / 'bad_input.py'}:numpy_onyl", (), TARGET, (
        "expected: an attribute of", "received: 'numpy_onyl', which it does not have",
        "remedy:   did you mean 'numpy_only'?")),
    "no such attribute": (f"{HERE / 'bad_input.py'}:zzz", (), TARGET, (
        "received: 'zzz', which it does not have", "remedy:   it has ")),
    "unknown axis": (GOOD, ("--convention", "reductoin=sum"), USAGE, (
        "expected: an axis of the contract 'nt-xent'", "did you mean 'reduction'?")),
    "unknown axis value": (GOOD, ("--convention", "reduction=summ"), USAGE, (
        "expected: a value of the axis 'reduction', one of mean, sum", "did you mean 'sum'?")),
    "no equals sign": (GOOD, ("--convention", "reduction"), USAGE, (
        "expected: name=value", "received: 'reduction'", "remedy:   put an equals sign")),
    "unknown parameter": (GOOD, ("--fixed", "temprature=1"), USAGE, (
        "expected: a parameter of the contract", "did you mean 'temperature'?")),
    "unknown mapped parameter": (HIDDEN, ("--map", "tau=tau"), USAGE, ("received: 'tau'",)),
    "mapped argument that is not there": (GOOD, ("--map", "temperature=tau"), REFUSED, (
        "expected: an argument named 'tau', as map declares", "remedy:   name one of its arg")),
    "further argument that is not there": (GOOD, ("--with", "gain=2"), REFUSED, (
        "got an unexpected keyword argument 'gain'",)),
    "word for a number": (GOOD, ("--fixed", "temperature=warm"), USAGE, (
        "expected: name=number", "received: 'temperature=warm'", "such as temperature=0.5")),
    "zero temperature": (GOOD, ("--fixed", "temperature=0"), USAGE, (
        "expected: a positive number for 'temperature' of nt-xent", "received: 0.0", "remedy:")),
    "negative temperature": (GOOD, ("--fixed", "temperature=-1"), USAGE, ("received: -1.0",)),
    "temperature that is no number": (GOOD, ("--fixed", "temperature=nan"), USAGE, (
        "received: nan",)),
    "temperature out of range": (GOOD, ("--fixed", "temperature=1e-300"), USAGE, (
        "expected: 'temperature' between 0.001 and 1000", "received: 1e-300", "remedy:")),
    "unknown budget": (GOOD, ("--budget", "norml"), USAGE, (
        "expected: a budget, one of quick, normal, thorough", "did you mean 'normal'?")),
    "unknown dtype": (GOOD, ("--dtype", "float31"), USAGE, (
        "expected: a dtype, one of float64, float32", "did you mean 'float32'?")),
    "key of no dict": (GOOD, ("--key", "loss"), REFUSED, (
        "expected: a dict with the key 'loss'", "received: Tensor", "remedy:   name another key")),
    "unknown key": (f"{HERE / 'bad_input.py'}:returns_a_dict", ("--key", "lose"), REFUSED, (
        "expected: a dict with the key 'lose'", "received: a dict with keys accuracy, loss")),
    "unknown ruling to fail on": (GOOD, ("--fail-on", "violatd"), USAGE, (
        "expected: a ruling that fails a run, one of violated", "did you mean 'violated'?")),
    "expected findings that are not there": (GOOD, ("--expected", "none.toml"), USAGE, (
        "expected: a TOML file of expected findings", "received: none.toml", "remedy:   write")),
}  # fmt: skip


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda name: name.replace(" ", "-"))
def test_a_request_for_what_there_is_not_is_told_what_there_is(check: Check, request_: str) -> None:
    target, options, code, words = REQUESTS[request_]
    Path("raises.py").write_text("1 / 0\n")
    Path("exits.py").write_text("raise SystemExit(0)\n")
    Path("hides").mkdir()
    Path("hides/ssl.py").write_text("from ssl import SSLContext\n1 / 0\n")
    run = check(target, *options)
    assert run.exit_code == code, run.output
    said = run.stdout if code == REFUSED else run.stderr
    assert [word for word in words if word not in said] == [], run.output


@pytest.mark.parametrize("command", ["prove", "explain"])
def test_an_unknown_theorem_is_told_the_nearest(command: str) -> None:
    run = CliRunner().invoke(app, [command, "baldi-hornick"])
    assert run.exit_code == USAGE
    assert "expected: a theorem, one of " in run.stderr
    assert "did you mean 'baldi-hornik'?" in run.stderr


@pytest.mark.parametrize(
    ("name", "look_up"),
    [("theorem", tightframe.theorem), ("contract", tightframe.contract)],
)
def test_an_unknown_name_in_python_is_told_the_nearest(
    name: str, look_up: Callable[[str], object]
) -> None:
    with pytest.raises(LookupError, match=f"expected: a {name}, one of(.|\n)*mean 'gaussian-kl'"):
        look_up("gausian-kl")


def test_an_unknown_floor_is_told_which_contracts_have_one() -> None:
    with pytest.raises(LookupError, match=r"a contract with a floor, one of .*nt-xent"):
        tightframe.floor("gaussian-kl")


def test_a_dict_is_judged_by_the_key_that_is_named(check: Check) -> None:
    assert check("returns_a_dict", "--key", "loss").exit_code == 0
