"""Browser files: fetched once, copied by allow-list."""

import stat
from pathlib import Path

import pytest

from smarthub_portal.run import assets

FAKE_NPM = """#!/bin/sh
[ -n "$FAIL" ] && exit 1
css=node_modules/@tabler/core/dist/css
mkdir -p $css node_modules/other
printf 'a{b:c}\\n/*# sourceMappingURL=tabler.min.css.map */\\n' > $css/tabler.min.css
echo more > node_modules/other/extra.js
echo "$@" > arguments
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in assets.MANIFESTS:
        (tmp_path / name).write_text("{}", "utf-8")
    npm = tmp_path / "npm"
    npm.write_text(FAKE_NPM, "utf-8")
    npm.chmod(npm.stat().st_mode | stat.S_IXUSR)
    return tmp_path


def built(root: Path) -> bool:
    return assets.ensure_assets(root, [str(root / "npm")])


def test_only_allowed_files_are_copied_without_their_source_map(root: Path) -> None:
    built(root)
    files = [
        path.relative_to(root / "static/vendor")
        for path in (root / "static/vendor").rglob("*")
        if path.is_file()
    ]
    assert files == [Path("tabler/tabler.min.css")]
    assert (root / "static/vendor" / files[0]).read_text("utf-8") == "a{b:c}\n"


def test_install_scripts_of_packages_never_run(root: Path) -> None:
    built(root)
    assert "ci --ignore-scripts" in (root / "build/npm/arguments").read_text("utf-8")


def test_nothing_is_built_twice_until_an_input_changes(root: Path) -> None:
    assert built(root)
    assert not built(root)
    (root / "package-lock.json").write_text('{"changed": true}', "utf-8")
    assert built(root)


def test_a_deleted_file_is_built_again(root: Path) -> None:
    built(root)
    (root / "static/vendor/tabler/tabler.min.css").unlink()
    assert built(root)


def test_a_failing_npm_says_where_to_look_and_leaves_the_old_files(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built(root)
    monkeypatch.setenv("FAIL", "1")
    (root / "package.json").write_text('{"changed": true}', "utf-8")
    with pytest.raises(assets.AssetError, match=r"npm\.log"):
        built(root)
    assert (root / "static/vendor/tabler/tabler.min.css").is_file()
    assert not assets.is_current(root)


def test_the_lockfile_names_no_registry() -> None:
    lock = Path(__file__).parents[2] / "package-lock.json"
    assert '"resolved"' not in lock.read_text("utf-8")
