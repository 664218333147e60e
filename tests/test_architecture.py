"""The shape of the house: layers hold, and functions stay readable."""

import ast
import statistics
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"]
# A migration is written once by Alembic and never edited again.
MODULES = [
    path
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
    if path.parent != ROOT / "storage/migrations/versions"
]

LONGEST_FUNCTION = 60
MEDIAN_FUNCTION = 7


def body_sizes(module: Path) -> Iterator[tuple[str, int]]:
    """Each function of a module with the number of lines of its body."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{module.relative_to(ROOT)}:{node.name}", (node.end_lineno or 0) - node.body[0].lineno + 1


def test_imports_follow_the_layers() -> None:
    """The contracts stand in pyproject.toml. The linter silences every logger of its process: it has one of its own."""
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603  # ours
    assert done.returncode == 0, done.stdout


def test_no_function_is_too_long_to_read() -> None:
    long = {name: size for module in MODULES for name, size in body_sizes(module) if size > LONGEST_FUNCTION}
    assert long == {}


def test_the_usual_function_is_a_few_lines() -> None:
    assert statistics.median(size for module in MODULES for _, size in body_sizes(module)) <= MEDIAN_FUNCTION


def test_every_package_says_what_it_is_for() -> None:
    silent = [
        package
        for package in PACKAGES
        if not ast.get_docstring(ast.parse((ROOT / package / "__init__.py").read_text()))
    ]
    assert silent == []


def test_test_folders_are_not_packages() -> None:
    """With an `__init__.py`, `tests/channels/email` would become the top-level module `email`."""
    assert list((ROOT / "tests").rglob("__init__.py")) == []
