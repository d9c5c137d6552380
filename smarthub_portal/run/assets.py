"""Bring third-party browser files into static/vendor. Standard library only: runs under a bare python3.

Nothing third-party is committed. `package-lock.json` names exact versions with integrity hashes (and no
registry, so that a mirror may be used), `npm ci` fetches them, and an allow-list copies the few files that
pages really load. `build/npm` keeps the full packages, `static/vendor` what the browser gets.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

MANIFESTS = ("package.json", "package-lock.json")

# (file below node_modules, file below static/vendor). Tabler's script is left out on purpose: see
# docs/decisions/0020-tabler-styles-without-its-script.md.
ALLOWED = (
    ("@tabler/core/dist/css/tabler.min.css", "tabler/tabler.min.css"),  # its first lines carry the MIT notice
)
STRIPPED_SUFFIXES = (".css", ".js")
NPM_TIMEOUT_S = 600


class AssetError(Exception):
    """The browser files could not be built. Its text is one line that says what to do."""


def inputs(root: Path) -> list[Path]:
    """Files whose content decides the result: rebuild when one of them changes."""
    return [root / name for name in MANIFESTS] + [Path(__file__).resolve()]


def fingerprint(root: Path) -> str:
    """Hex SHA-256 over all inputs; equal fingerprints mean an equal static/vendor."""
    digest = hashlib.sha256()
    for path in inputs(root):
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def is_current(root: Path) -> bool:
    """True when static/vendor was built from today's inputs and is complete."""
    stamp = _stamp(root)
    if not stamp.is_file() or stamp.read_text("utf-8") != fingerprint(root):
        return False
    return all((_vendor(root) / target).is_file() for _, target in ALLOWED)


def build_assets(root: Path, npm: Sequence[str]) -> None:
    """Fetch and copy the allow-listed files. `npm` is the command, e.g. ["npm"].

    Raises AssetError when npm fails or a package lacks a file; an earlier result then stays in place.
    """
    work = root / "build" / "npm"
    work.mkdir(parents=True, exist_ok=True)
    for name in MANIFESTS:
        shutil.copyfile(root / name, work / name)
    _run_npm(work, npm)
    _replace_vendor(root, work / "node_modules")
    _stamp(root).write_text(fingerprint(root), "utf-8")


def ensure_assets(root: Path, npm: Sequence[str]) -> bool:
    """Build only when something changed. True when a build happened."""
    if is_current(root):
        return False
    build_assets(root, npm)
    return True


def _run_npm(work: Path, npm: Sequence[str]) -> None:
    # --ignore-scripts: a package's install script would run with our rights.
    command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    log = work / "npm.log"
    try:
        with log.open("wb") as output:
            done = subprocess.run(
                command, cwd=work, stdout=output, stderr=output, timeout=NPM_TIMEOUT_S, check=False
            )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise AssetError(f"Browser files: '{' '.join(command)}' did not run ({error}).") from error
    if done.returncode:
        raise AssetError(f"Browser files: '{' '.join(command)}' failed, read {log} and check the network.")


def _replace_vendor(root: Path, modules: Path) -> None:
    """Build beside the old folder and swap, so that a running server never sees a half-filled one."""
    fresh = root / "build" / "vendor.new"
    shutil.rmtree(fresh, ignore_errors=True)
    for source, target in ALLOWED:
        _copy(modules / source, fresh / target)
    vendor = _vendor(root)
    shutil.rmtree(vendor, ignore_errors=True)
    vendor.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(fresh, vendor)


def _copy(source: Path, target: Path) -> None:
    if not source.is_file():
        raise AssetError(f"Browser files: {source} is missing; did the package change its layout?")
    target.parent.mkdir(parents=True, exist_ok=True)
    content = source.read_bytes()
    if source.suffix in STRIPPED_SUFFIXES:
        # The maps are not copied, and the static manifest refuses a reference to a file that is not there.
        kept = (line for line in content.splitlines(keepends=True) if b"sourceMappingURL=" not in line)
        content = b"".join(kept)
    target.write_bytes(content)


def _vendor(root: Path) -> Path:
    return root / "static" / "vendor"


def _stamp(root: Path) -> Path:
    return root / "build" / "assets.sha256"
