"""Where apps above hang in, since this one may not import them. They append in their `AppConfig.ready`."""

from collections.abc import Callable, Collection
from datetime import datetime

from sims.card_models import Sim
from sims.timeline_entries import Batch, Entry

after_read_back: list[Callable[[int, Collection[str], datetime], None]] = []
"""Called with the enterprise, the SIMs an answer told of and the moment its request was sent; after the answer was
applied, inside the same transaction: what fails undoes both."""

timeline_sources: list[Callable[[Sim, datetime], Batch]] = []
"""Further things that happened to a SIM before a moment, for its timeline."""

just_told: list[Callable[[Sim], list[Entry]]] = []
"""What happened so shortly ago that it stands on the head of a SIM's page."""

news_of_sim: list[str] = []
"""What makes an open page of a SIM ask for its figures again when it differs: SQL of an array with a few rows found by
an index, where `s` is the SIM (see `sims.news`)."""
