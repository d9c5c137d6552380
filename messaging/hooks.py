"""Where apps above hang in, since this one may not import them. They append in their `AppConfig.ready`."""

from collections.abc import Callable
from datetime import datetime

from messaging.models import Message

after_report: list[Callable[[Message, str, datetime], None]] = []
"""Called with a message (as it was before), the status SmartHub's answer gave ("" for an id it does not know) and the
moment the request was sent; inside the transaction that writes it down."""
