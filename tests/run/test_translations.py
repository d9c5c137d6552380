"""Catalogues: compiled when stale, complete for what they hold."""

from pathlib import Path

from babel.messages.pofile import read_po

from smarthub_portal.run.translations import catalogues, compile_translations

ROOT = Path(__file__).parents[2]
PO = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Search"\nmsgstr "搜索"\n'


def test_a_catalogue_is_compiled_once(tmp_path: Path) -> None:
    source = tmp_path / "locale/zh_Hans/LC_MESSAGES/django.po"
    source.parent.mkdir(parents=True)
    source.write_text(PO, "utf-8")
    assert compile_translations(tmp_path) == [source.with_suffix(".mo")]
    assert compile_translations(tmp_path) == []
    assert "搜索".encode() in source.with_suffix(".mo").read_bytes()


def test_every_entry_is_translated() -> None:
    for source in catalogues(ROOT):
        with source.open("rb") as stream:
            catalogue = read_po(stream, locale=source.parent.parent.name)
        missing = [
            message.id for message in catalogue if message.id and (not message.string or message.fuzzy)
        ]
        assert not missing
