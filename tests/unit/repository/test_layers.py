"""The folders are the tiers: imports point inward only, and what decides knows no outside world."""

import ast

import pytest

from mobart.providers.registry import PROVIDERS
from tests.support.sources import PACKAGE, imported_by, modules

ADAPTERS = (
    *("prompts", "art", "journal", "storage", "downloads", "rendering", "webhooks", "web"),
    "tracing",
)

TIERS: tuple[frozenset[str], ...] = (
    frozenset({"__init__", "core"}),
    frozenset(ADAPTERS),
    frozenset({"jobs", "providers"}),
    frozenset({"settings"}),
    frozenset({"app", "testing", "cli", "__main__"}),
)
"""From the inside out, by top-level folder.  A room imports from tiers before its own, and from itself."""

IMPORTS_OF_TIER_3 = {
    "jobs": frozenset({"__init__", "core", "prompts", "art"}),
    "providers": frozenset({"__init__", "core", "prompts"}),
}
"""What decides, and what speaks to vendors, know only these."""

NEIGHBOURS = {("cli", "app"), ("__main__", "cli")}
"""Pairs of one tier of which the first may import the second."""

PURE = frozenset({"core", "prompts", "art", "jobs"})
"""Folders that decide, and reach the outside world only through what they are given."""

OUTSIDE_WORLD = frozenset(
    {
        *("time", "random", "secrets", "uuid", "os", "subprocess", "multiprocessing", "threading"),
        *("socket", "ssl", "select", "ipaddress", "http.client", "http.server"),
        *("tempfile", "shutil", "glob"),
        "urllib.request",
        *("aiohttp", "aiobotocore", "botocore", "boto3", "redis", "dotenv", "pydantic_settings"),
    },
)
"""Modules that would bring a clock, chance, the network, files or settings into what decides."""

OUTSIDE_CALLS = frozenset(
    {
        *("datetime.now", "datetime.utcnow", "datetime.today", "date.today"),
        *("asyncio.sleep", "asyncio.open_connection", "asyncio.start_server", "open"),
    },
)
"""Calls that would do the same through a module that is welcome otherwise."""

FILE_METHODS = frozenset(
    {
        *("read_text", "read_bytes", "write_text", "write_bytes", "mkdir", "touch", "unlink"),
        *("iterdir", "glob", "rglob", "is_file", "is_dir", "stat"),
    },
)
"""Methods of `pathlib.Path` that look at files or change them."""

USES_FILES = frozenset(
    {
        *("art.presets", "art.colours.palette_files", "prompts.templates"),
        *("art.cli.batch", "art.cli.cli", "art.cli.make", "art.cli.shared_palette"),
    },
)
"""Modules of pure folders that read what an operator configured, or are the tool for artists."""


def room_of(module: str) -> str:
    """Return the room of *module*, a dotted name below `mobart`, as `TIERS` spells it."""
    return module.partition(".")[0]


def module_named(dotted: str) -> str | None:
    """Return the module of `mobart` that *dotted* is, or is a name in; None if it is none."""
    package, *parts = dotted.split(".")
    if package != "mobart":
        return None
    while parts:
        path = PACKAGE.joinpath(*parts)
        if path.with_suffix(".py").exists() or path.is_dir():
            return ".".join(parts)
        parts.pop()
    return "__init__"


def rooms_imported_by(tree: ast.Module) -> set[str]:
    """List the rooms that a module imports from."""
    found = {module_named(name) for name in imported_by(tree)}
    return {room_of(module) for module in found if module is not None}


def tier_of(room: str) -> int:
    """Return how far out *room* is."""
    return next(depth for depth, tier in enumerate(TIERS) if room in tier)


def may_import(importer: str, imported: str) -> bool:
    """Return whether the tables allow it."""
    if importer == imported or (importer, imported) in NEIGHBOURS:
        return True
    allowed = IMPORTS_OF_TIER_3.get(importer)
    if allowed is not None:
        return imported in allowed
    return tier_of(imported) < tier_of(importer)


MODULES = modules()


def test_every_room_stands_in_exactly_one_tier() -> None:
    """A new folder is put into a tier on purpose."""
    placed = sorted(room for tier in TIERS for room in tier)
    assert sorted(set(placed)) == placed
    assert {room_of(module) for module in MODULES} == set(placed)


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_inward(module: str) -> None:
    """Nothing knows what is built around it, and adapters do not know each other."""
    importer = room_of(module)
    imported = rooms_imported_by(MODULES[module])
    assert {room for room in imported if not may_import(importer, room)} == set()


@pytest.mark.parametrize("module", MODULES)
def test_imports_are_absolute(module: str) -> None:
    """A relative import would slip through the other checks of this file."""
    assert [name for name in imported_by(MODULES[module]) if name.startswith(".")] == []


@pytest.mark.parametrize("module", [name for name in MODULES if room_of(name) in PURE])
def test_what_decides_imports_no_clock_no_chance_no_network_and_no_settings(module: str) -> None:
    """A decision depends on what it is given, on nothing else."""
    imported = {
        ".".join(name.split(".")[:depth])
        for name in imported_by(MODULES[module])
        for depth in (1, 2)
    }
    assert imported & OUTSIDE_WORLD == set()


@pytest.mark.parametrize("module", [name for name in MODULES if room_of(name) in PURE])
def test_what_decides_asks_nobody_else_for_the_time_or_a_file(module: str) -> None:
    """The modules it may import could, so their calls are looked at as well."""
    called = {
        ast.unparse(node.func) for node in ast.walk(MODULES[module]) if isinstance(node, ast.Call)
    }
    assert called & OUTSIDE_CALLS == set()


def file_methods_called_in(module: str) -> set[str]:
    """List the methods of paths that a module calls."""
    return {
        node.func.attr
        for node in ast.walk(MODULES[module])
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    } & FILE_METHODS


def test_of_what_decides_only_a_few_named_modules_use_files() -> None:
    """Presets, palettes and templates are read at the start; the artist's tool works on files."""
    pure = [name for name in MODULES if room_of(name) in PURE]
    assert {name for name in pure if file_methods_called_in(name)} == USES_FILES


KNOWS_PROVIDERS = frozenset({"providers", "settings"})
"""Who may know a provider by its name; everybody else decides by capabilities."""


@pytest.mark.parametrize(
    "module", [name for name in MODULES if room_of(name) not in KNOWS_PROVIDERS]
)
def test_nobody_decides_by_the_name_of_a_provider(module: str) -> None:
    """Not one of them stands in the code as a text of its own."""
    texts = {
        node.value
        for node in ast.walk(MODULES[module])
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert texts & set(PROVIDERS) == set()
