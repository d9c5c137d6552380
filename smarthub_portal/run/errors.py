"""The one exception an operator is meant to read."""


class StartError(Exception):
    """Something only a person can put right. Its one line says what to do; no traceback is shown."""


class StopRequestedError(Exception):
    """Ctrl-C, SIGTERM or SIGHUP arrived while we were still starting."""
