"""The book's page on shadow execution: a run that is followed, and a page that says only what it
was."""

from __future__ import annotations

import re
from pathlib import Path

import mpmath
import pytest
import torch
from fixture_run import PAIRING, RUN, SHADOW

from tightframe.checks import gaussian_kl, shadow_operations, shadow_steps
from tightframe.checks.shadow_example import NEAR_THE_PRIOR, _trial, shadow_example
from tightframe.checks.shadow_record import ShadowExample, ShadowStep
from tightframe.checks.shadowed import shadowed
from tightframe.checks.verdict import ShadowOutcome
from tightframe.implementations import shadow_subjects
from tightframe.reports import book, digits
from tightframe.reports.html import write_book
from tightframe.reports.result import Run

TEMPLATE = Path(book.__file__).parent / "shadow.jinja"


@pytest.fixture(scope="module")
def example() -> ShadowExample:
    return shadow_example()


def page_of(shadow: ShadowExample | None, folder: Path) -> str:
    write_book(RUN.model_copy(update={"shadow": shadow}), folder, [PAIRING], [])
    return (folder / "shadow.html").read_text("utf-8")


def line_of(part: str) -> str:
    source = Path(shadow_subjects.__file__).read_text("utf-8").splitlines()
    return f"shadow_subjects.py:{next(i for i, text in enumerate(source, 1) if part in text)}"


def said(page: str) -> str:
    words = re.sub(r"<(?:wbr|mark|/mark|span class=\"after\"|/?code|sup)>", "", page)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", words))


# -- the run that is followed ---------------------------------------------------------------------


def test_everything_comes_out_as_the_page_says(example: ShadowExample) -> None:
    assert example.unexpected == []
    assert example.library.case.apart < 1e-50
    assert example.stabilised.constants == ((line_of("+ 1e-8"), 1e-8, "add"),)
    assert example.stabilised.apart > 1e-9
    assert example.stabilised.apart_without < 1e-50
    assert 1e-31 < example.trifle.apart < 1e-29
    assert f"numpy() at {line_of('.numpy()')}" in example.escaped.words


def test_to_write_the_steps_down_changes_no_twin(example: ShadowExample) -> None:
    trial = _trial(shadow_subjects.kl_of_torch, gaussian_kl.PAIRING, second="std")
    value = shadowed(trial, NEAR_THE_PRIOR).value
    last = [step for step in example.library.steps if not step.backward][-2]
    assert last.twin == mpmath.nstr(value[0], shadow_steps.SHOWN)


def test_a_step_holds_what_torch_computes_and_where_it_was_asked_for(
    example: ShadowExample,
) -> None:
    log = next(s for s in example.library.steps if s.operation == "aten::log")
    std = torch.tensor(2.0**-10, dtype=torch.float64).exp()
    assert log.held == std.pow(2).log().item()
    assert log.twin == "0.001953125"  # the logarithm of an exponential, rounded nowhere
    assert re.fullmatch(r"torch/distributions/kl\.py:\d+", log.line)
    assert "var_ratio.log()" in log.source
    assert log.units == (2.0**-9 - log.held) / 2.0**-62  # the step to the next number


def test_a_backward_step_belongs_to_the_forward_one_that_it_differentiates(
    example: ShadowExample,
) -> None:
    steps = {step.number: step for step in example.library.steps}
    pairs = {(s.operation, steps[s.of].operation) for s in steps.values() if s.backward and s.of}
    assert ("aten::div.Tensor", "aten::log") in pairs
    assert ("aten::mul.Tensor", "aten::exp") in pairs
    assert not any(s.of for s in steps.values() if not s.backward)


def test_what_the_library_decided_has_no_digits(example: ShadowExample) -> None:
    decided = [step for step in example.library.steps if step.held is None]
    assert any(step.operation.startswith("aten::gt") for step in decided)
    assert all(step.decided and not step.twin for step in decided)


def test_a_wrong_twin_is_a_fault_of_the_run_and_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    right = shadow_operations.OPERATIONS["log"]
    monkeypatch.setitem(shadow_operations.OPERATIONS, "log", lambda x: right(x) * (1 + 1e-9))
    wrong = shadow_example()
    assert wrong.library.case.outcome is ShadowOutcome.LOST
    assert wrong.library.steps[-1].operation != "aten::log"  # the steps end before it
    lines = book.broken(RUN.model_copy(update={"shadow": wrong}))
    assert any("'kl_of_torch' was lost: the twin is not what torch computes" in s for s in lines)
    page = said(page_of(wrong, tmp_path))
    assert "The backward pass was not reached." in page
    assert "The twin was lost: the twin is not what torch computes (log at " in page


@pytest.mark.parametrize("name", ["stabilised", "trifle", "escaped"])
def test_an_example_that_comes_out_otherwise_is_broken(example: ShadowExample, name: str) -> None:
    other = getattr(example, name).model_copy(update={"outcome": ShadowOutcome.AGREES})
    changed = example.model_copy(update={name: other})
    assert changed.unexpected == [f"shadow: the example {other.name!r} agrees"] or (
        name == "escaped" and changed.unexpected
    )


def test_a_run_with_its_example_round_trips_json(example: ShadowExample) -> None:
    run = RUN.model_copy(update={"shadow": example, "audits": (), "references": ()})
    assert Run.model_validate_json(run.model_dump_json()) == run


# -- the page -------------------------------------------------------------------------------------


def test_the_book_has_the_page_and_leads_to_it(tmp_path: Path) -> None:
    page_of(SHADOW, tmp_path)
    assert 'href="shadow.html"' in (tmp_path / "index.html").read_text("utf-8")
    subject = next((tmp_path / "subjects").glob("*masked*")).read_text("utf-8")
    assert 'href="../shadow.html"' in subject


def test_a_run_without_an_example_has_no_page_and_no_link_to_one(tmp_path: Path) -> None:
    write_book(RUN.model_copy(update={"shadow": None}), tmp_path, [PAIRING], [])
    assert not (tmp_path / "shadow.html").exists()
    assert not [p for p in tmp_path.rglob("*.html") if "shadow.html" in p.read_text("utf-8")]


def test_the_template_has_no_figure_of_its_own() -> None:
    """What stands between tags and expressions names precisions, and counts nothing."""
    text = TEMPLATE.read_text("utf-8")
    text = re.sub(r"{%.*?%}|{{.*?}}|<code>[^{]*?</code>|<[^>]*>", " ", text, flags=re.DOTALL)
    text = re.sub(r"b?float(16|32|64)|Kullback–Leibler", "", text)
    assert re.findall(r".*\d.*", text) == []


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"twin_digits": 73}, "73 decimal digits an entry"),
        ({"theorem_digits": 44}, "oracle in 44 digits"),
        ({"shown_digits": 31}, "first 31 digits"),
        ({"asked": 1e-37}, "agreement to 10⁻³⁷"),
    ],
)
def test_what_is_said_in_words_is_of_the_record(
    tmp_path: Path, change: dict[str, float], shown: str
) -> None:
    assert shown not in said(page_of(SHADOW, tmp_path)).replace("\xa0", " ")
    changed = said(page_of(SHADOW.model_copy(update=change), tmp_path))
    assert shown in changed.replace("\xa0", " ")


def test_a_step_is_shown_with_its_line_its_digits_and_its_gap(tmp_path: Path) -> None:
    page = said(page_of(SHADOW, tmp_path))
    assert "torch/kl.py:469 ratio = p / q" in page
    assert " 2 aten::div.Tensor torch 0.333333333333333314829616256247390992939" in page
    assert "twin 0.333333333333333333333333333333333333333 0.33 " in page
    assert "some entry is 671" in page
    assert "Derivative of step 2, aten::div.Tensor, of torch/kl.py:469" in page


def test_where_all_twins_are_lost_the_page_says_so(tmp_path: Path) -> None:
    gone = {
        name: case.model_copy(update={
            "outcome": ShadowOutcome.LOST, "words": f"no way on from {name}", "compared": (),
            "constants": (), "without": (),
        })
        for name, case in (
            ("library", SHADOW.library.case), ("stabilised", SHADOW.stabilised),
            ("trifle", SHADOW.trifle), ("escaped", SHADOW.escaped),
        )
    }  # fmt: skip
    library = SHADOW.library.model_copy(update={"case": gone["library"], "steps": ()})
    lost = SHADOW.model_copy(update=gone | {"library": library})
    page = said(page_of(lost, tmp_path))
    assert all(f"no way on from {name}" in page for name in gone)
    assert page.count("was expected") == 3
    assert len(lost.unexpected) == 4  # three twins, and a size at which nothing was proved


def test_a_changed_step_changes_the_page(tmp_path: Path) -> None:
    steps: tuple[ShadowStep, ...] = SHADOW.library.steps
    planted = steps[3].model_copy(update={"twin": "0.000010000000123", "units": 72500.0})
    library = SHADOW.library.model_copy(update={"steps": (*steps[:3], planted)})
    page = said(page_of(SHADOW.model_copy(update={"library": library}), tmp_path))
    assert "0.000010000000123" in page
    assert "7.25 × 10⁴" in page.replace("\xa0", " ")


# -- long numbers ---------------------------------------------------------------------------------


def test_the_first_digit_that_differs_is_marked() -> None:
    shown = digits.digits(1 / 3, "0." + 50 * "3", 24)
    mark = '0.3333333333333333<mark>1</mark><span class="after">4829616</span>'
    assert shown == mark
    assert digits.digits("0.25", "0.25", 4) == "0.2500"


def test_a_float_is_written_out_as_the_number_that_it_is() -> None:
    assert digits.exactly(-(2.0**-10)) == "−0.0009765625"
    assert digits.apart_from(0.5, "0.5") == 0
    assert digits.apart_from(0.1, "0.1") == pytest.approx(5.55e-17, rel=1e-2)
    assert digits.apart_from(0.5, "0") == 0.5


@pytest.mark.parametrize(
    ("apart", "told"),
    [
        (0.0, "all"),
        (1e-30, "30"),
        (9e-31, "30"),
        (3.0, "0"),
        (float("nan"), "–"),
        (float("inf"), "–"),
    ],
)
def test_agreement_is_told_in_whole_digits(apart: float, told: str) -> None:
    assert digits.agreement(apart) == told


@pytest.mark.parametrize("number", [float("inf"), float("nan")])
def test_what_is_no_number_is_shown_as_it_is(number: float) -> None:
    assert digits.digits(number, "0.25", 4) == str(number)
    assert digits.digits(0.25, str(number), 4) != str(number)
    assert digits.agreement(digits.apart_from(number, str(number))) == "–"
