"""The pipeline on a desk: files in, files out."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mobart.art import Recipe, render
from mobart.art.desk import main
from mobart.cookbook import Cookbook
from mobart.domain import GenerationRequest


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
    recipe = Cookbook.open(basis=Recipe(), default="auto").recipe_of(request)
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


@pytest.mark.parametrize(
    "arguments",
    [
        ["--preset", "nonsense", ".", "out"],
        ["missing.png", "out"],
        ["--set", "size=3", ".", "out"],
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
