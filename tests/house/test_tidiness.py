"""The house stays easy to see: sizes, names and docstrings of every module."""

import ast
import importlib.metadata
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("gateway", "schema", "resolvers", "adapters")
OUR_TOP_LEVEL = {*PACKAGES, "tests", "benchmarks"}
LONGEST_MODULE = 300
LONGEST_FUNCTION = 50
FORBIDDEN_STEMS = {"utils", "util", "helpers", "helper", "common", "misc", "core", "base", "manager", "service", "services", "management"}
FORBIDDEN_STARTS = ("get_", "do_", "handle_", "process_")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_a_module_is_short_named_for_its_noun_and_says_what_it_holds(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= LONGEST_MODULE
    assert path.stem not in FORBIDDEN_STEMS
    assert ast.get_docstring(ast.parse(text))


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_functions_are_short_and_named_for_what_they_answer_or_do(path: Path) -> None:
    for function in functions(path):
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        assert length <= LONGEST_FUNCTION, f"{function.name} has {length} lines"
        assert not function.name.startswith(FORBIDDEN_STARTS), function.name


@pytest.mark.parametrize("path", [path for path in MODULES if path.name == "__init__.py"], ids=shown)
def test_a_package_file_holds_a_docstring_at_most(path: Path) -> None:
    assert len(ast.parse(path.read_text(encoding="utf-8")).body) == 1


def protocols() -> list[tuple[str, str]]:
    """Return (port, the contract module that its docstring names)."""
    nodes = [node for path in (ROOT / "gateway" / "ports").glob("*.py") for node in ast.parse(path.read_text(encoding="utf-8")).body]
    classes = [node for node in nodes if isinstance(node, ast.ClassDef)]
    ports = [node for node in classes if any(isinstance(kind, ast.Name) and kind.id == "Protocol" for kind in node.bases)]
    return [(node.name, ast.get_docstring(node) or "") for node in ports]


@pytest.mark.parametrize(("port", "docstring"), protocols(), ids=[name for name, _ in protocols()])
def test_every_port_has_a_contract_suite_or_says_why_not(port: str, docstring: str) -> None:
    if "Contract: " not in docstring:
        assert port in {"Clock", "WebhookReader"}
        return
    contract = docstring.partition("Contract: ")[2].partition(".py")[0] + ".py"
    assert (ROOT / contract).is_file()


def test_no_dependency_brings_a_top_level_package_of_our_names() -> None:
    ours = "unified-commerce-gateway"
    for name, owners in importlib.metadata.packages_distributions().items():
        if name in OUR_TOP_LEVEL:
            assert {owner.lower().replace("_", "-") for owner in owners} <= {ours}, (name, owners)


def test_dependencies_are_ranges_and_the_tested_versions_stand_in_the_constraints() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert all(">=" in requirement for requirement in project["dependencies"])
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert "://" not in constraints
    assert all("==" in line for line in constraints.splitlines() if line and not line.startswith("#"))
