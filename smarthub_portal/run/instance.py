"""The name of one data folder, which marks its processes."""

import hashlib
from pathlib import Path


def instance_of(data: Path) -> str:
    """Return the same short name for the same folder, whatever path leads there."""
    return hashlib.sha256(str(data.resolve()).encode()).hexdigest()[:16]
