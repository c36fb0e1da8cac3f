"""The pipeline on a desk: files in, files out."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mobart.art import Recipe, render
from mobart.art.cli.cli import main
from mobart.core.domain import GenerationRequest
from mobart.jobs.presets import PresetLibrary


def draw(path: Path) -> None:
    """Write a sprite of 8x8 cells, enlarged 20 times."""
    cells = np.random.default_rng(1).integers(0, 256, (8, 8, 3), np.uint8)
    Image.fromarray(cells.repeat(20, 0).repeat(20, 1)).save(path)


def size_of(path: Path) -> tuple[int, int]:
    """Read the size of the picture at *path*."""
    with Image.open(path) as image:
        return image.size


def test_folder_in_folder_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Results keep their names; what was found is said."""
    source = tmp_path / "in"
    source.mkdir()
    draw(source / "a.png")
    draw(source / "b.webp")
    assert main(["--preset", "native", str(source), str(tmp_path / "out")]) == 0
    assert size_of(tmp_path / "out" / "a.png") == (8, 8)
    assert (tmp_path / "out" / "b.png").exists()
    assert "cells of 20.00 px" in capsys.readouterr().out


def test_one_picture_to_one_file_with_sidecar_and_sheet(tmp_path: Path) -> None:
    """OUT may be a .png of its own."""
    draw(tmp_path / "a.png")
    out = tmp_path / "made" / "x.png"
    assert main(["--sidecar", "--sheet", "--quiet", str(tmp_path / "a.png"), str(out)]) == 0
    assert size_of(out) == (1024, 1024)
    assert out.with_suffix(".json").exists()
    assert out.with_suffix(".sheet.png").exists()


def test_the_sidecar_is_the_worker_s_very_text(tmp_path: Path) -> None:
    """But for nothing: what is tried on a desk is what the game gets."""
    draw(tmp_path / "r-1.png")
    options = {"sidecar": True, "margin": 2}
    request = GenerationRequest("r-1", "u", "a sword", preset="sprite", options=options)
    recipe = PresetLibrary.open(basis=Recipe(), default="auto").recipe_of(request)
    made = render((tmp_path / "r-1.png").read_bytes(), recipe)
    out = tmp_path / "out"
    arguments = ["--preset", "sprite", "--set", "margin=2", "--sidecar"]
    assert main([*arguments, str(tmp_path / "r-1.png"), str(out)]) == 0
    assert (out / "r-1.json").read_bytes() == made.sidecar
    assert json.loads(made.sidecar)["meta"]["image"] == "r-1.png"


def test_one_bad_picture_fails_the_run_but_not_the_rest(tmp_path: Path) -> None:
    """Exit code 1, the good one is there."""
    source = tmp_path / "in"
    source.mkdir()
    draw(source / "a.png")
    (source / "b.png").write_bytes(b"no picture")
    assert main([str(source), str(tmp_path / "out")]) == 1
    assert (tmp_path / "out" / "a.png").exists()


def test_two_sources_of_one_name_are_refused_before_anything_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line names both; so it is with names that only some file systems tell apart."""
    for first, second in (("in/hero.png", "more/hero.png"), ("in/b.jpg", "in/B.png")):
        for name in (first, second):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            draw(tmp_path / name)
        assert main([*(str(tmp_path / name) for name in (first, second)), str(tmp_path / "o")]) == 2
        told = capsys.readouterr().err
        assert len(told.splitlines()) == 1
        assert first in told
        assert second in told
        assert not (tmp_path / "o").exists()


def test_a_sheet_does_not_overwrite_another_picture(tmp_path: Path) -> None:
    """Files beside a picture count as its own."""
    draw(tmp_path / "a.png")
    draw(tmp_path / "a.sheet.png")
    sources = [str(tmp_path / "a.png"), str(tmp_path / "a.sheet.png")]
    assert main(["--sheet", *sources, str(tmp_path / "out")]) == 2
    assert main([*sources, str(tmp_path / "out")]) == 0


@pytest.mark.parametrize("target", [".", "in", "in/a.png", "in/../in"])
def test_a_source_is_never_overwritten(
    tmp_path: Path, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However OUT is spelt."""
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path / "in" if target == "." else tmp_path)
    draw(tmp_path / "in" / "a.png")
    before = (tmp_path / "in" / "a.png").read_bytes()
    assert main([str(tmp_path / "in" / "a.png"), target]) == 2
    assert (tmp_path / "in" / "a.png").read_bytes() == before


def test_out_may_lie_inside_in_and_be_filled_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Folders are not entered, and what is left out is said."""
    draw(tmp_path / "Schön ding 龍.png")
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / ".hidden.png").write_bytes(b"of another program")
    for told in ("1 other file", "1 folder and 1 other file"):
        assert main([str(tmp_path), str(tmp_path / "made")]) == 0
        assert f"left out {told}" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["Schön ding 龍.png"]


def test_the_same_source_twice_is_one_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As `*.png .` has it."""
    draw(tmp_path / "a.png")
    assert main([str(tmp_path / "a.png"), str(tmp_path), str(tmp_path / "out")]) == 0
    assert capsys.readouterr().out.startswith("1/1 a.png")


def test_out_that_cannot_be_a_folder_is_misuse(tmp_path: Path) -> None:
    """A file that is there, or a .png for more than one picture."""
    draw(tmp_path / "a.png")
    draw(tmp_path / "b.png")
    (tmp_path / "file").touch()
    sources = [str(tmp_path / "a.png"), str(tmp_path / "b.png")]
    assert main([*sources, str(tmp_path / "file")]) == 2
    assert main([*sources, str(tmp_path / "x.png")]) == 2
    assert not (tmp_path / "x.png").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--preset", "nonsense", ".", "out"],
        ["missing.png", "out"],
        ["--set", "size=3", ".", "out"],
        ["--set", "tile=5", ".", "out"],
        ["--tile", "worst", ".", "out"],
        [],
    ],
)
def test_misuse_is_told_in_one_line(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2 and a message, no traceback."""
    assert main(arguments) == 2
    told = capsys.readouterr().err
    assert told
    assert "Traceback" not in told
