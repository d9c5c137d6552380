"""Where apps above hang in, since this one may not import them. They append in their `AppConfig.ready`."""

from collections.abc import Callable

from enterprise.models import Account

after_packages: list[Callable[[Account], None]] = []
"""Called after an account's service packages were applied, inside the same transaction: what fails undoes both."""
