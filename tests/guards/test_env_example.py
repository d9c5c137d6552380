"""`.env.example` names every variable the code reads, no other, and says what each is for."""

import ast
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READERS = {
    "text",
    "integer",
    "flag",
    "listing",
    "networks",
    "_text",
    "_number",
    "_flag",
    "_choice",
    "_url",
    "getenv",
}
SKIPPED = {".venv", "build", "var", "node_modules", "migrations"}
# The system's and the tools' own; nobody sets them for the portal.
NOT_OURS = {"PATH", "HOME", "DJANGO_SETTINGS_MODULE", "PYTEST_XDIST_WORKER", "CI"}
NOT_OURS |= {"PYTEST_XDIST_WORKER_COUNT", "PYTEST_XDIST_TESTRUNUID"}
# Knobs of the tests and campaigns themselves: no setting of the portal.
NOT_OURS |= {
    "CAMPAIGN_CONTROL",
    "CAMPAIGN_DAWDLE",
    "CAMPAIGN_FOLDER",
    "CAMPAIGN_STEPS",
    "COMMAND_EXAMPLES",
    "PUSH_FUZZ",
    "PUSH_FUZZ_SEED",
    "PUSH_ORDERS",
}
NOT_OURS |= {"BENCH_WITHOUT_WAKE_UPS", "CAMPAIGN_LEASE", "CAMPAIGN_WIDEST"}
NAME = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")


def _sources() -> Iterator[Path]:
    for folder, folders, files in os.walk(ROOT):
        folders[:] = sorted(set(folders) - SKIPPED)  # the environment alone has ten times our files
        yield from (Path(folder, name) for name in files if name.endswith(".py"))


def _called(node: ast.Call) -> str:
    """The reader's name; `environ.get` counts, `anything.get` does not."""
    if isinstance(node.func, ast.Name):
        return node.func.id
    if isinstance(node.func, ast.Attribute):
        owner = node.func.value
        owner_name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
        return "getenv" if node.func.attr == "get" and owner_name == "environ" else node.func.attr
    return ""


def _is_environ(node: ast.expr) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return "environ" in name


def variables_read(source: str) -> set[str]:
    """Names given as text to a reader, or used to subscript an `environ`."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        parts: list[ast.expr] = []
        if isinstance(node, ast.Call) and _called(node) in READERS:
            parts = node.args[:2]  # the name comes first, or second after the mapping
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and _is_environ(node.value):
            parts = [node.slice]
        texts = [
            part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)
        ]
        found |= {text for text in texts[:1] if NAME.fullmatch(text)}
    return found - NOT_OURS


def _documented() -> dict[str, str]:
    """Variable to the line above it."""
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    pairs = [
        (line.partition("=")[0], lines[number - 1])
        for number, line in enumerate(lines)
        if re.match(r"[A-Z_]+=", line)
    ]
    assert len(pairs) == len(dict(pairs)), "a variable stands twice in .env.example"
    return dict(pairs)


@cache
def _read() -> frozenset[str]:
    return frozenset().union(*(variables_read(path.read_text(encoding="utf-8")) for path in _sources()))


def test_every_variable_that_is_read_is_documented():
    assert sorted(_read() - set(_documented())) == []


def test_no_documented_variable_is_stale():
    assert sorted(set(_documented()) - _read()) == []


def test_every_variable_says_what_it_is_for():
    assert [name for name, above in _documented().items() if not re.match(r"# \w.{8,}", above)] == []


def test_the_scanner_sees_every_way_of_reading():
    source = (
        "a = env.text('PORTAL_A', 'x')\nb = os.environ.get('B_URL')\nc = os.environ['C']\n"
        "d = _number(environ, 'D', 1)\ne = os.getenv('E')\nf = config.get('F')\nos.environ['G'] = '1'\n"
    )
    assert variables_read(source) == {"PORTAL_A", "B_URL", "C", "D", "E"}
