"""Compile locale/*/LC_MESSAGES/django.po to .mo with Babel, so that a bare machine needs no gettext."""

from __future__ import annotations

import io
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def catalogues(root: Path) -> list[Path]:
    """Every translation source of the project."""
    return sorted((root / "locale").glob("*/LC_MESSAGES/django.po"))


def compile_translations(root: Path) -> list[Path]:
    """Write each stale .mo beside its .po; returns the files written. Fuzzy entries are left out."""
    return [_compile(source) for source in catalogues(root) if _is_stale(source)]


def _is_stale(source: Path) -> bool:
    target = source.with_suffix(".mo")
    return not target.is_file() or target.stat().st_mtime_ns < source.stat().st_mtime_ns


def _compile(source: Path) -> Path:
    with source.open("rb") as stream:
        catalogue = read_po(stream, locale=source.parent.parent.name, abort_invalid=True)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    # A server may be reading the old file: put the new one in its place in one step.
    target = source.with_suffix(".mo")
    fresh = source.with_suffix(".mo.new")
    fresh.write_bytes(compiled.getvalue())
    fresh.replace(target)
    return target
