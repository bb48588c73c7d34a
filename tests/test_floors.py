"""Which part of the bridge may know which other: read from the imports, so that nobody has to remember it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BRIDGE = ROOT / "bridge"

GROUND = (
    "abilities",
    "loop",
    "marks",
    "model",
    "outgoing",
    "errors",
    "keys",
    "texts",
    "config",
    "config_values",
    "config_loading",
    "yaml_reading",
)
TOP = (
    "app",
    "building",
    "head",
    "serving",
    "intake",
    "running",
    "reaching",
    "minding",
    "neighbours",
    "parts",
    "pulse",
    "check",
    "restore",
    "capabilities",
    "__main__",
    "sandbox",
    "web",
    "",
)
PLATFORMS = sorted(path.parent.name for path in BRIDGE.glob("platforms/*/api.py"))
"""The names of the platforms are those of their folders; this test knows none."""


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {name_of(path): path for path in sorted(BRIDGE.rglob("*.py"))}


def floor(module: str) -> str:
    parts = module.split(".")[1:]
    if parts[:1] == ["platforms"]:
        if len(parts) > 1 and parts[1] == "simulation":
            return "simulation"
        if len(parts) > 2 and parts[2].startswith("simulator"):
            return "simulator"
        return "platforms"
    head = parts[0] if parts else ""
    if head in GROUND:
        return "ground"
    return "top" if head in TOP else head


def imports(path: Path, module: str) -> Iterator[str]:
    """Everything that a file imports, wherever in the file, as full names of modules."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            whole = node.module or ""
            if node.level:
                package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
                base = ".".join(package[: len(package) - node.level + 1])
                whole = f"{base}.{whole}" if whole else base
            for alias in node.names:
                named = f"{whole}.{alias.name}"
                yield named if named in MODULES else whole


ALLOWED = {
    "ground": {"ground"},
    "ports": {"ground", "ports"},
    "store": {"ground", "ports", "store"},
    "matrix": {"ground", "ports", "matrix"},
    "platforms": {"ground", "ports", "platforms"},
    "simulation": {"simulation", "ground"},
    "simulator": {"simulator", "simulation", "ground"},
    "core": {"ground", "ports", "store", "core"},
    "top": {"ground", "ports", "store", "matrix", "platforms", "simulation", "simulator", "core", "top"},
}
"""For each floor, what it may import."""

FOREIGN = {
    "core": ("aiohttp", "mautrix", "sqlite3", "aiosqlite", "asyncpg"),
    "ground": ("aiohttp", "mautrix", "sqlite3", "aiosqlite", "asyncpg"),
    "ports": ("aiohttp", "mautrix", "sqlite3", "aiosqlite", "asyncpg"),
    "store": ("aiohttp",),
    "platforms": ("mautrix", "sqlite3", "aiosqlite", "asyncpg"),
    "simulator": ("mautrix",),
    "simulation": ("mautrix",),
}
"""What a floor has no business with."""


@pytest.mark.parametrize("module", MODULES)
def test_a_module_knows_only_what_stands_below_it(module: str) -> None:
    here = floor(module)
    known = set(imports(MODULES[module], module))
    ours = {name for name in known if name.split(".")[0] == "bridge"}
    assert not [name for name in sorted(ours) if floor(name) not in ALLOWED[here]]
    assert not [name for name in sorted(known) if name.split(".")[0] in FOREIGN.get(here, ())]


@pytest.mark.parametrize("module", [name for name in MODULES if floor(name) == "ground"])
def test_the_ground_needs_nothing_but_itself(module: str) -> None:
    head = module.split(".")[1]
    below = {"model": set(), "marks": {"model"}, "errors": set(), "keys": set(), "texts": {"texts"}}
    if head in below:
        ours = {name.split(".")[1] for name in imports(MODULES[module], module) if name.startswith("bridge.")}
        assert ours <= below[head]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_no_platform_knows_another(platform: str) -> None:
    for module, path in MODULES.items():
        if module.startswith(f"bridge.platforms.{platform}"):
            others = [name for name in PLATFORMS if name != platform]
            assert not [
                name
                for name in imports(path, module)
                if name.startswith(tuple(f"bridge.platforms.{other}" for other in others))
            ]


@pytest.mark.parametrize("module", [name for name in MODULES if floor(name) in ("simulator", "simulation")])
def test_a_simulator_is_its_own_reading_of_the_page(module: str) -> None:
    """One that shared our conversion would agree with our mistakes."""
    shared = [
        name
        for name in imports(MODULES[module], module)
        if re.search(r"\.(api|convert|session|polling|fields|http)$", name)
    ]
    assert not shared


@pytest.mark.parametrize("module", [name for name in MODULES if floor(name) in ("core", "store", "matrix")])
def test_no_platforms_name_is_written_above_its_folder(module: str) -> None:
    tree = ast.parse(MODULES[module].read_text())
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    words = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
    ]
    assert not [word for word in words if re.search("|".join(PLATFORMS), word, re.IGNORECASE)]


def test_what_is_checked_is_there() -> None:
    assert len(PLATFORMS) == 4
    assert {floor(module) for module in MODULES} == set(ALLOWED)
