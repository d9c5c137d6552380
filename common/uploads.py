"""Uploaded files, bounded while they arrive."""

from django.core.files.uploadhandler import FileUploadHandler

MAX_BYTES = 5 * 1024 * 1024


class Bounded(FileUploadHandler):
    """Stands in front of the handlers that keep files: what comes after `MAX_BYTES` is thrown away, so that nobody
    fills memory or disk. The kept file is larger than `MAX_BYTES` then, and its form refuses it.
    """

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return raw_data if start <= MAX_BYTES else None

    def file_complete(self, file_size: int) -> None:
        return None  # not ours to keep: the next handler has it
