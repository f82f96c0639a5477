"""The rules of the house that a program can check (docs/architecture.md); import-linter checks the layers."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import cutaway

ROOT = Path(__file__).parents[1]
SRC = ROOT / "src" / "cutaway"
MODULES = sorted(SRC.rglob("*.py"))
SCIENCE = [path for path in MODULES if SRC / "science" in path.parents]
TOPICS = [topic.name for topic in pkgutil.iter_modules([str(SRC / "science")])]

BANNED_FILES = {"utils", "helpers", "misc", "common"}
BANNED_CLASS = re.compile(r"^(Base|Abstract)[A-Z]|Manager$")

SLOW_TO_IMPORT = {"pandas", "polars", "sklearn", "statsmodels", "torch", "keras", "tensorflow", "jax", "matplotlib"}
NETWORK = {"socket", "urllib", "http", "requests", "httpx", "ftplib", "smtplib"}
# The lab's server waits for its browser, and the kernels' looks for a free port; neither connects to anybody.
LISTENING = {"src/cutaway/lab/server.py": {"socket"}, "src/cutaway/kernels/local.py": {"socket"}}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(nodes: Iterator[ast.AST]) -> set[str]:
    """The full names of the modules imported among the nodes."""
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run when the module is imported; what stands under TYPE_CHECKING does not."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        yield child
        yield from outside_functions(child)


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


@cache
def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [ROOT / path for path in listed.split("\0") if path and (ROOT / path).is_file()]


def test_no_file_is_a_drawer_for_odds_and_ends() -> None:
    assert [name(path) for path in MODULES if BANNED_FILES & {path.stem, path.parent.name}] == []


def test_no_class_is_named_after_its_place_in_a_hierarchy() -> None:
    classes = [node.name for path in MODULES for node in ast.walk(tree(path)) if isinstance(node, ast.ClassDef)]
    assert [title for title in classes if BANNED_CLASS.search(title)] == []


def test_files_stay_short() -> None:
    lengths = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {path: lines for path, lines in lengths.items() if lines > 400} == {}


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_importing_a_module_takes_nothing_slow(path: Path) -> None:
    taken = imports(outside_functions(tree(path)))
    own = {one for one in ("keras", "torch") if path.parent == SRC / "frameworks" and path.stem.startswith(one)}
    slow = SLOW_TO_IMPORT - own  # a framework's own file exists to import it
    assert not (own and ">>>" in path.read_text(encoding="utf-8")), "make doctest leaves the files of frameworks out"
    assert {module for module in taken if module.split(".")[0] in slow or module == "scipy.stats"} == set()


def test_scipy_stats_is_never_imported() -> None:
    """But where it is what is compared, in a process of its own."""
    ours = [path for path in MODULES if path.parent != SRC / "compare"]
    assert [name(path) for path in ours if "scipy.stats" in imports(ast.walk(tree(path)))] == []


def networked(modules: set[str]) -> set[str]:
    """Those of the network; to take an address apart is no connection."""
    return {one for one in modules if one.split(".")[0] in NETWORK and not one.startswith("urllib.parse")}


def test_nothing_opens_a_connection() -> None:
    reach = {name(path): networked(imports(ast.walk(tree(path)))) for path in MODULES}
    left = {path: modules - LISTENING.get(path, set()) for path, modules in reach.items()}
    assert {path: modules for path, modules in left.items() if modules} == {}


@pytest.mark.parametrize("path", SCIENCE, ids=name)
def test_science_neither_prints_nor_reads_nor_writes(path: Path) -> None:
    effects = {"print", "open", "input", "np.load", "np.save", "np.loadtxt"}
    assert {function for function, _ in calls(path)} & effects == set()


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_kernels_are_cached_and_let_go_of_the_interpreter(path: Path) -> None:
    for node in ast.walk(tree(path)):
        for decorator in getattr(node, "decorator_list", []):
            said = ast.unparse(decorator)
            if said.split("(")[0].split(".")[-1] in {"njit", "jit", "vectorize", "guvectorize"}:
                assert "cache=True" in said, f"{node.name}: {said}"
                assert "nogil=True" in said or "vectorize" in said, f"{node.name}: {said}"


def test_the_tests_mirror_the_source() -> None:
    folders = {path.parent.relative_to(ROOT / "tests") for path in (ROOT / "tests").rglob("test_*.py")}
    assert {str(folder) for folder in folders if not (SRC / folder).is_dir()} == set()


def test_every_layer_and_topic_with_code_has_tests() -> None:
    """Folders inside a layer may be tested through it; a topic of science may not be tested through another."""
    coded = {path.relative_to(SRC) for path in MODULES if path.stem != "__init__" and path.parent != SRC}
    places = {Path(*path.parts[: 2 if path.parts[0] == "science" else 1]) for path in coded}
    assert {str(place) for place in places if not any((ROOT / "tests" / place).rglob("test_*.py"))} == set()


@pytest.mark.parametrize("topic", TOPICS)
def test_every_function_and_state_of_science_is_tested(topic: str) -> None:
    """What a function returns is tested through the function."""
    module = importlib.import_module(f"cutaway.science.{topic}")
    assert module.__all__, f"science/{topic}/__init__.py must name what is public in __all__"
    tests = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests" / "science" / topic).glob("*.py"))
    public = {title: getattr(module, title) for title in module.__all__}
    acting = [title for title, value in public.items() if not isinstance(value, type) or hasattr(value, "__add__")]
    assert [title for title in acting if not re.search(rf"\b{title}\b", tests)] == []


def test_no_file_holds_a_path_of_one_machine() -> None:
    places = re.compile("|".join(f"/{folder}/" for folder in ("work", "root", "home")))
    found = [
        name(path)
        for path in tracked()
        if path.suffix in {".py", ".md", ".toml", ".txt", ".sh", ".html", ".css", ".json", ""}
        and places.search(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []


def test_the_readme_names_the_targets_that_there_are() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = re.findall(r"^    make ([\w-]+)", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    assert {"demo", "test"} <= set(named)
    assert [target for target in named if not re.search(rf"^{target}:", makefile, flags=re.MULTILINE)] == []


def test_the_version_has_a_place_in_the_changelog() -> None:
    release = re.match(r"\d+\.\d+\.\d+", cutaway.__version__)
    assert release
    assert f"## {release[0]}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_every_dependency_is_used() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {re.split(r"[^\w-]", requirement)[0].replace("-", "_") for requirement in project["dependencies"]}
    used = {module.split(".")[0] for path in MODULES for module in imports(ast.walk(tree(path)))}
    assert declared <= used, f"declared and not used: {declared - used}"
