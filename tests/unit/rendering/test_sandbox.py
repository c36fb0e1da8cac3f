"""What a child that reads hostile bytes can no longer do; each right is tried from the inside."""

import platform
import sys
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from mobart.art import Recipe
from mobart.rendering.named import NamedFunction
from mobart.rendering.renderer import ProcessRenderer
from tests.unit.rendering import intrusions
from tests.unit.rendering.render_functions import copy

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in {"x86_64", "aarch64"},
    reason="the rights are taken by Linux's Landlock and seccomp",
)


async def tried(name: str, *arguments: object, confined: bool = True) -> str:
    """Let a child try intrusion *name*; return `done`, or the name of the error that stopped it."""
    raw = "\n".join([name, *map(str, arguments)]).encode()
    renderer = ProcessRenderer(
        render_function=intrusions.intrude,
        processes=1,
        confined=confined,
    )
    async with renderer:
        return (await renderer.render(raw, None)).png.decode()


@pytest.mark.parametrize("name", intrusions.WITHOUT_ARGUMENTS)
async def test_a_child_has_lost_the_right(name: str) -> None:
    """Which an ordinary process of this user has."""
    assert await tried(name) in {"PermissionError", "RuntimeError", "BlockingIOError"}
    assert await tried(name, confined=False) == "done"


async def test_a_child_cannot_read_the_files_of_the_worker(tmp_path: Path) -> None:
    """Such as the one with its settings."""
    secrets = tmp_path / ".env"
    secrets.write_text("KEY=secret")
    assert await tried("read", secrets) == "PermissionError"
    assert await tried("read", secrets, confined=False) == "done"


async def test_a_child_cannot_write_files(tmp_path: Path) -> None:
    """Neither new ones nor old ones."""
    old = tmp_path / "old"
    old.write_text("as it was")
    assert await tried("write", tmp_path / "new") == "PermissionError"
    assert await tried("write", old) == "PermissionError"
    assert old.read_text() == "as it was"
    assert not (tmp_path / "new").exists()


async def test_a_child_cannot_fill_a_file_that_is_open() -> None:
    """Such as one in memory; pipes are no files."""
    assert await tried("fill") == "OSError"


async def test_a_confined_child_still_renders() -> None:
    """What it needs it has."""
    async with ProcessRenderer(render_function=copy, processes=1) as renderer:
        assert (await renderer.render(b"pixels", None)).png == b"pixels"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
async def test_a_confined_child_reads_every_kind_of_picture(kind: str) -> None:
    """Their decoders are loaded late, and some would start threads."""
    picture = BytesIO()
    Image.effect_noise((300, 300), 80).convert("RGB").save(picture, kind)
    function = NamedFunction("mobart.art.pipeline", "render")
    async with ProcessRenderer(render_function=function, processes=1) as renderer:
        rendering = await renderer.render(picture.getvalue(), Recipe())
    assert rendering.width == rendering.height


async def test_a_child_cannot_get_its_rights_back() -> None:
    """The limits are hard, and no set-uid program helps."""
    assert await tried("raise_limits") in {"PermissionError", "ValueError"}
    assert await tried("privileges") == "1"
