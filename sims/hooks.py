"""Where apps above hang in, since this one may not import them. They append in their `AppConfig.ready`."""

from collections.abc import Callable, Collection
from datetime import datetime

after_read_back: list[Callable[[int, Collection[str], datetime], None]] = []
"""Called with the enterprise, the SIMs a read-back told of and the moment its request was sent; after the answer was
applied, inside the same transaction: what fails undoes both."""
