"""What is shipped is what git tracks, and no room of the house can be imported twice."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("theorems", "implementations", "checks", "reports")
PINS = ("constraints.txt", "constraints-thirdparty.txt")


def tracked_files() -> list[str]:
    """The files of the checkout, by git; whoever owns the folder."""
    listing = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return [name for name in listing.stdout.split("\0") if name and (ROOT / name).exists()]


def shipped_as(name: str) -> str | None:
    """Where in the wheel a tracked file belongs, if anywhere."""
    folder = name.partition("/")[0]
    if folder == "tightframe":
        return name
    return f"tightframe/{name}" if folder in ROOMS else None


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """A wheel built, without the network, from a copy of the tracked files."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in tracked_files():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, source / name)
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation",
         f"--wheel-dir={target}", str(source)],
        check=True,
    )  # fmt: skip
    return zipfile.ZipFile(next(target.glob("*.whl")))


def test_the_wheel_holds_the_tracked_files_of_the_five_folders(wheel: zipfile.ZipFile) -> None:
    shipped = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert shipped == {place for name in tracked_files() if (place := shipped_as(name))}


def test_the_wheel_carries_licence_command_and_plugin(wheel: zipfile.ZipFile) -> None:
    metadata = {n.partition(".dist-info/")[2]: n for n in wheel.namelist() if ".dist-info/" in n}
    assert set(metadata) == {
        "METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE", "top_level.txt",
    }  # fmt: skip
    entry_points = wheel.read(metadata["entry_points.txt"]).decode()
    assert "tightframe = tightframe.__main__:main" in entry_points
    assert "[pytest11]\ntightframe = tightframe.pytest_plugin" in entry_points


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_refuses_to_be_imported_by_its_folder_name(room: str) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONSAFEPATH"}
    run = subprocess.run(
        [sys.executable, "-c", f"import {room}"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 1
    assert f"ImportError: import tightframe.{room}, not {room}" in run.stderr


def pins_of(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text("utf-8").splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


@pytest.mark.parametrize("name", PINS)
def test_a_constraint_file_pins_torch_and_every_runtime_need(name: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    needs = {need.partition(">")[0] for need in project["dependencies"]}
    assert "torch" in needs
    assert needs <= set(pins_of(name))


def test_the_two_constraint_files_agree_where_they_overlap() -> None:
    ours, theirs = map(pins_of, PINS)
    assert {k: v for k, v in theirs.items() if k in ours} == {
        k: v for k, v in ours.items() if k in theirs
    }
