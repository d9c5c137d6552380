"""Small files and functions. An exemption is named here with its reason; one no longer needed fails.

Seen red: a limit lowered to 20 lines, a file of 501 lines that was exempt, an exemption for a short function.
"""

import ast
import inspect
from functools import cache
from pathlib import Path

from tests.guards import routes

ROOT = Path(__file__).resolve().parents[2]
FILE, FUNCTION, VIEW, TASK = 300, 30, 20, 10
HARD_FILE, HARD_FUNCTION = 500, 50
NOT_OURS = {"build", "var", "node_modules", "static", "templates", "locale", "docs"}

# "path" or "path::function": reason.
EXEMPT = {
    "smarthub_portal/logs.py::configure_logging": "Django's LOGGING: one dictionary, read top to bottom",
}


@cache
def packages() -> list[Path]:
    """Every folder of ours with Python in it, so that a new one is covered without being named."""
    folders = (path for path in ROOT.iterdir() if path.is_dir() and path.name not in NOT_OURS)
    return sorted(path for path in folders if not path.name.startswith(".") and any(path.rglob("*.py")))


def sources(*, tests: bool) -> list[Path]:
    return [
        path
        for folder in packages()
        if tests or folder.name != "tests"
        for path in sorted(folder.rglob("*.py"))
        if "migrations" not in path.parts
    ]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def functions(path: Path) -> list[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    nodes = ast.walk(ast.parse(path.read_text()))
    found = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [(f"{named(path)}::{node.name}", node) for node in found]


def lines_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """From `def` to the last line, docstring included, decorators not."""
    return (node.end_lineno or 0) - node.lineno + 1


def statements_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Statements at every depth; the docstring and the function itself are none."""
    has_docstring = ast.get_docstring(node) is not None
    return sum(isinstance(inner, ast.stmt) for inner in ast.walk(node)) - 1 - has_docstring


def long_files() -> dict[str, int]:
    sizes = {named(path): len(path.read_text().splitlines()) for path in sources(tests=True)}
    return {name: size for name, size in sizes.items() if size > FILE}


def long_functions() -> dict[str, int]:
    sizes = {name: lines_of(node) for path in sources(tests=False) for name, node in functions(path)}
    return {name: size for name, size in sizes.items() if size > FUNCTION}


@cache
def views() -> dict[str, int]:
    """Length of every view of ours in the URLconf, and of whatever else stands in a views file."""
    found = {}
    for name, pattern in routes.patterns():
        view = inspect.unwrap(pattern.callback)
        file = Path(inspect.getsourcefile(view) or "")
        if not routes.is_admin(name) and file.is_relative_to(ROOT) and ".venv" not in file.parts:
            tree = ast.parse(inspect.cleandoc(inspect.getsource(view)))
            found[f"{named(file)}::{view.__name__}"] = lines_of(tree.body[0])
    for path in sources(tests=False):
        if "views" in path.stem and not path.is_relative_to(ROOT / "sandbox"):
            found |= {name: lines_of(node) for name, node in functions(path)}
    return found


def tasks() -> dict[str, int]:
    """Statements of every Celery task."""
    return {
        name: statements_of(node)
        for path in sources(tests=False)
        for name, node in functions(path)
        if any("shared_task" in ast.unparse(decorator) for decorator in node.decorator_list)
    }


def too_large() -> dict[str, int]:
    over_views = {name: size for name, size in views().items() if size > VIEW}
    over_tasks = {name: size for name, size in tasks().items() if size > TASK}
    return long_files() | long_functions() | over_views | over_tasks


def test_nothing_is_larger_than_agreed():
    over = {name: size for name, size in too_large().items() if name not in EXEMPT}
    assert over == {}, f"split it, or exempt it here with a reason: {over}"


def test_an_exemption_that_is_no_longer_needed_goes():
    assert sorted(set(EXEMPT) - set(too_large())) == []


def test_nothing_is_exempt_from_the_hard_stop():
    files = {name: size for name, size in long_files().items() if size > HARD_FILE}
    assert files | {name: size for name, size in long_functions().items() if size > HARD_FUNCTION} == {}


def test_every_exemption_has_a_reason():
    assert [name for name, reason in EXEMPT.items() if len(reason) < 20] == []


def test_the_guard_sees_our_packages_views_and_tasks():
    """The control: a guard that looks at nothing finds nothing."""
    assert {"sandbox", "smarthub_client", "smarthub_portal", "sims", "tests"} <= {
        path.name for path in packages()
    }
    assert {"sims/views.py::sim_list", "smarthub_portal/overview.py::overview"} <= set(views())
    assert {"mirror/tasks.py::tick", "smarthub_portal/tasks.py::canary_task"} <= set(tasks())
