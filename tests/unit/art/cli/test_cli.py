"""The pipeline on a desk: files in, files out."""

import importlib
import json
import os
import re
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mobart.art import Recipe
from mobart.art.cli.cli import main
from mobart.art.pipeline import render
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
    made = render((tmp_path / "r-1.png").read_bytes(), replace(recipe, image="r-1.png"))
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


def draw_sheet(path: Path) -> None:
    """Write three figures of true pixels on white, enlarged 4 times."""
    pixels = np.full((30, 60, 3), 255, np.uint8)
    for number in range(3):
        spot = pixels[8:24, 20 * number + 4 : 20 * number + 15]
        spot[:] = (30, 22, 40)
        spot[1:-1, 1:-1] = (60 * number + 40, 160, 200 - 50 * number)
        spot[3, 4] = (255, 250, 240)
    Image.fromarray(pixels.repeat(4, 0).repeat(4, 1)).save(path)


def draw_painting(path: Path) -> None:
    """Write a picture without cells."""
    y, x = np.mgrid[0:200, 0:200]
    waves = [120 + 100 * np.sin(x / (15 + k) + y / (17 - k) + k) for k in range(3)]
    Image.fromarray(np.stack(waves, -1).astype(np.uint8)).save(path)


def test_a_sheet_can_be_split_into_single_files(tmp_path: Path) -> None:
    """Beside the sheet, in a folder of its name, each with a sidecar."""
    draw_sheet(tmp_path / "heroes.png")
    out = tmp_path / "out"
    assert main(["--preset", "sheet", "--split", str(tmp_path / "heroes.png"), str(out)]) == 0
    assert size_of(out / "heroes.png") == (3 * 11 + 4, 16 + 2)
    names = sorted(path.name for path in (out / "heroes.sprites").iterdir())
    assert names == ["0.json", "0.png", "1.json", "1.png", "2.json", "2.png"]
    assert size_of(out / "heroes.sprites" / "1.png") == (11, 16)
    told = json.loads((out / "heroes.sprites" / "1.json").read_text())
    assert told["meta"]["image"] == "1.png"


def test_sources_in_a_folder_of_sprites_are_safe(tmp_path: Path) -> None:
    """Splitting a sheet into the folder that a source comes from is refused."""
    (tmp_path / "a.sprites").mkdir()
    draw(tmp_path / "a.sprites" / "0.png")
    draw(tmp_path / "a.png")
    sources = [str(tmp_path / "a.sprites" / "0.png"), str(tmp_path / "a.png")]
    assert main(["--preset", "sheet", "--split", *sources, str(tmp_path)]) == 2


def test_all_tiles_are_written_as_the_worker_names_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first under the picture's name, the others with their number; a cut in the middle is told."""
    draw_painting(tmp_path / "a.png")
    out = tmp_path / "out"
    assert main(["--preset", "painting", "--tile", "all", str(tmp_path / "a.png"), str(out)]) == 0
    assert sorted(path.name for path in out.iterdir()) == ["a.png", "a~2.png", "a~3.png", "a~4.png"]
    assert size_of(out / "a~4.png") == (100, 100)
    assert "cut in the middle" in capsys.readouterr().out


def test_one_palette_for_all_is_written_and_can_be_named(tmp_path: Path) -> None:
    """Every colour of every picture is of the file, which a preset then finds by its name."""
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    draw(source / "a.png")
    draw_sheet(source / "b.png")
    draw_painting(source / "c.png")
    arguments = ["--set", "colours=12", "--shared-palette", "game"]
    assert main([*arguments, str(source), str(out)]) == 0
    listed = {bytes.fromhex(line) for line in (out / "game.hex").read_text().split()}
    assert 2 <= len(listed) <= 12
    for name in ("a", "b", "c"):
        pixels = np.asarray(Image.open(out / f"{name}.png").convert("RGB"))
        assert {bytes(colour) for colour in np.unique(pixels.reshape(-1, 3), axis=0)} <= listed
    again = ["--set", "palette=game", "--palettes", str(out), str(source / "a.png")]
    assert main([*again, str(tmp_path / "again")]) == 0


def test_the_preview_is_one_page_without_an_address(tmp_path: Path) -> None:
    """Before and after of each, failures too; names cannot break out of it."""
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    draw(source / "a <b>&.png")
    (source / "bad.png").write_bytes(b"no picture")
    assert main(["--preview", "--quiet", str(source), str(out)]) == 1
    page = (out / "preview.html").read_text("utf-8")
    assert page.count("<article") == 2
    assert page.count("<img") == page.count('src="data:image/png;base64,') == 2
    assert "a &lt;b&gt;&amp;.png" in page
    assert "could not be read" in page
    assert "default-src 'none'" in page
    assert not re.search(r"https?:|//[a-z]|<script|@import|url\(", page)


def test_a_painting_pixelated_by_size_is_told_as_that(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No cells were found, so none are told, nor a confidence."""
    draw_painting(tmp_path / "a.png")
    assert main(["--set", "size=32", str(tmp_path / "a.png"), str(tmp_path / "out")]) == 0
    line = capsys.readouterr().out
    assert "pixelated by size, 32x32" in line
    assert "confidence" not in line
    assert "cells of" not in line


def test_an_odd_preset_file_is_left_out_and_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The run goes on with the others."""
    (tmp_path / "mine.toml").write_text('grid = "auto"\n')
    (tmp_path / "odd.toml").write_text("sise = 3\n")
    draw(tmp_path / "a.png")
    arguments = ["--presets", str(tmp_path), "--preset", "mine", str(tmp_path / "a.png")]
    assert main([*arguments, str(tmp_path / "out")]) == 0
    assert "odd.toml: left out" in capsys.readouterr().err


def test_a_fresh_clone_is_told_how_to_install() -> None:
    """Without Pillow and numpy, in one line."""
    root = Path(__file__).parents[4]
    command = [sys.executable, "-S", "main.py", "art", "in", "out"]
    ran = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert ran.returncode == 78
    assert len(ran.stderr.splitlines()) == 1
    assert "make art" in ran.stderr
    assert "pip install" in ran.stderr


def test_every_other_command_tells_a_fresh_clone_as_well() -> None:
    """In one line, and not by a traceback."""
    root = Path(__file__).parents[4]
    command = [sys.executable, "-S", "main.py", "check"]
    ran = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert (ran.returncode, len(ran.stderr.splitlines())) == (78, 1)
    assert "pip install -r requirements.txt" in ran.stderr


@pytest.mark.parametrize("command", [["schema"], ["schema", "request"]])
def test_whoever_reads_no_further_gets_no_traceback(command: list[str]) -> None:
    """Such as `head`, whether little or much is written."""
    root, (read, write) = Path(__file__).parents[4], os.pipe()
    os.close(read)
    told = subprocess.run(
        [sys.executable, "main.py", *command], cwd=root, stdout=write, stderr=-1, check=False
    )
    os.close(write)
    assert (told.returncode, told.stderr) == (1, b"")


def test_the_package_brings_a_command_and_what_it_needs() -> None:
    """`pipx install .` gives `mobart`; what it depends on is what the worker needs."""
    root = Path(__file__).parents[4]
    project = tomllib.loads((root / "pyproject.toml").read_text())
    module, _, name = project["project"]["scripts"]["mobart"].partition(":")
    assert callable(getattr(importlib.import_module(module), name))
    (file,) = project["tool"]["setuptools"]["dynamic"]["dependencies"]["file"]
    assert "Pillow" in (root / file).read_text()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--preset", "nonsense", ".", "out"],
        ["--split", ".", "out"],
        ["--shared-palette", "../x", ".", "out"],
        ["--set", "pixels_per_unit=" + "9" * 4299, ".", "out"],
        ["--set", "native=32x32", "--set", "cell=4", ".", "out"],
        ["missing.png", "out"],
        ["--set", "size=3", ".", "out"],
        ["--set", "margin=" + "[" * 100_000, ".", "out"],
        ["--presets", "missing", ".", "out"],
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
