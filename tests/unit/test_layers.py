"""Imports point inward only, and the core knows neither clock nor network nor settings."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import mobart
from mobart.catalogue import LISTINGS

PACKAGE = Path(mobart.__file__).parent

LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"__init__"}),
    frozenset({"errors", "log_events"}),
    frozenset({"domain"}),
    frozenset({"lifecycle", "wire", "policy", "circuit", "limits", "flags", "templates", "art"}),
    frozenset({"capabilities"}),
    frozenset({"ports"}),
    frozenset(
        {
            *("patience", "reception", "cookbook", "prompts", "roster", "bells", "calling_off"),
            *("clock", "providers", "downloads", "journal", "storage", "studio", "local"),
        },
    ),
    frozenset(
        {
            *("blocklist", "orders", "payment", "polling", "listener", "callbacks"),
            *("startup", "signals", "health"),
        },
    ),
    frozenset({"fulfil"}),
    frozenset({"worker", "web"}),
    frozenset({"settings", "logs"}),
    frozenset({"assembly", "catalogue", "kill_switch"}),
    frozenset({"app", "local_mode", "cli"}),
)
"""From the inside out.  A module or package of `mobart` imports from layers before its own only."""

NEIGHBOURS = {
    ("assembly", "catalogue"),
    ("cli", "app"),
    ("cli", "local_mode"),
    ("local_mode", "app"),
}
"""Pairs of one layer of which the first may import the second."""

INSIDE_ONLY = frozenset({"settings", "logs"})
"""What only the outermost layer may read; everybody else gets keyword arguments."""

CORE = frozenset().union(
    *LAYERS[:6],
    {"patience", "reception", "prompts", "roster", "bells", "calling_off"},
    {"blocklist", "orders", "payment", "polling", "fulfil", "worker"},
)

OUTSIDE_WORLD = frozenset(
    {
        *("time", "random", "secrets", "uuid", "os", "subprocess", "multiprocessing", "threading"),
        *("socket", "ssl", "select", "http", "urllib", "ipaddress"),
        *("aiohttp", "aiobotocore", "botocore", "boto3", "redis", "dotenv", "pydantic_settings"),
    },
)
"""Modules that would bring a clock, chance, the network or settings into the core."""

OUTSIDE_CALLS = frozenset(
    {
        *("datetime.now", "datetime.utcnow", "datetime.today", "date.today"),
        *("asyncio.sleep", "asyncio.open_connection", "asyncio.start_server", "open"),
    },
)
"""Calls that would do the same through a module that is welcome otherwise."""


def modules() -> dict[str, ast.Module]:
    """Parse every module of the package, by its dotted name below `mobart`."""
    return {
        ".".join(path.relative_to(PACKAGE).with_suffix("").parts): ast.parse(path.read_text())
        for path in sorted(PACKAGE.rglob("*.py"))
    }


def unit_of(module: str) -> str:
    """Return the module or package directly below `mobart` that *module* belongs to."""
    return module.partition(".")[0]


def imported_by(tree: ast.Module) -> Iterator[str]:
    """List the dotted names that a module imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = f"{'.' * node.level}{node.module or ''}"
            yield from (f"{base}.{alias.name}" for alias in node.names)


def units_imported_by(tree: ast.Module) -> set[str]:
    """List the units of `mobart` that a module imports."""
    parts = [name.split(".") for name in imported_by(tree)]
    names = {name[1] for name in parts if name[0] == "mobart" and len(name) > 1}
    return {name if is_unit(name) else "__init__" for name in names}


def is_unit(name: str) -> bool:
    """Tell a module or package from a name that `mobart` itself defines."""
    return (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").exists()


def layer_of(unit: str) -> int:
    """Return how far out *unit* is."""
    return next(depth for depth, layer in enumerate(LAYERS) if unit in layer)


def may_import(importer: str, imported: str) -> bool:
    """Say whether the table allows it."""
    if importer == imported or (importer, imported) in NEIGHBOURS:
        return True
    if imported in INSIDE_ONLY and layer_of(importer) < layer_of("assembly"):
        return False
    return layer_of(imported) < layer_of(importer)


MODULES = modules()


def test_every_module_has_exactly_one_place_in_the_table() -> None:
    """A new module is put into a layer on purpose."""
    placed = sorted(unit for layer in LAYERS for unit in layer)
    assert sorted(set(placed)) == placed
    assert {unit_of(module) for module in MODULES} - set(placed) == set()


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_inward(module: str) -> None:
    """Nothing knows what is built around it, and adapters do not know each other."""
    outward = {
        imported
        for imported in units_imported_by(MODULES[module])
        if not may_import(unit_of(module), imported)
    }
    assert outward == set()


@pytest.mark.parametrize("module", MODULES)
def test_imports_are_absolute(module: str) -> None:
    """A relative import would slip through the other checks of this file."""
    assert [name for name in imported_by(MODULES[module]) if name.startswith(".")] == []


@pytest.mark.parametrize("module", [name for name in MODULES if unit_of(name) in CORE])
def test_the_core_imports_no_clock_no_chance_no_network_and_no_settings(module: str) -> None:
    """What the core decides depends on what it is given, on nothing else."""
    roots = {name.partition(".")[0] for name in imported_by(MODULES[module])}
    assert roots & OUTSIDE_WORLD == set()


@pytest.mark.parametrize("module", [name for name in MODULES if unit_of(name) in CORE])
def test_the_core_asks_nobody_else_for_the_time_or_a_file(module: str) -> None:
    """The modules it may import could, so their calls are looked at as well."""
    called = {
        ast.unparse(node.func) for node in ast.walk(MODULES[module]) if isinstance(node, ast.Call)
    }
    assert called & OUTSIDE_CALLS == set()


NAMES_BELONG_TO = frozenset({"catalogue", "settings", "providers", "local"})
"""Who may know a provider by its name; everybody else decides by capabilities."""


@pytest.mark.parametrize(
    "module", [name for name in MODULES if unit_of(name) not in NAMES_BELONG_TO]
)
def test_nobody_decides_by_the_name_of_a_provider(module: str) -> None:
    """Not one of them stands in the code as a text of its own."""
    texts = {
        node.value
        for node in ast.walk(MODULES[module])
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert texts & set(LISTINGS) == set()
