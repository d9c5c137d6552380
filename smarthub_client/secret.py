"""A string that does not show itself."""

from __future__ import annotations

import hmac

MASK = "***"


class Secret:
    """Holds a credential; `repr`, `str` and formatting give `***`, only `reveal()` gives the text.

    Compared in constant time. Refuses to be pickled, so that it cannot reach a queue or a cache by accident.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str | Secret) -> None:
        self._text: str = text.reveal() if isinstance(text, Secret) else text

    def reveal(self) -> str:
        """The text itself. Do not keep it in a variable longer than needed: tracebacks show variables."""
        return self._text

    def redact(self, text: str) -> str:
        """`text` with every occurrence of the secret replaced by `***`."""
        return text.replace(self._text, MASK) if self._text else text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __reduce__(self) -> str:
        raise TypeError("A secret is not pickled.")

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return f"Secret({MASK!r})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return MASK


class HeaderSecret(str):
    """A header value that is sent as it is but shows as `***` where a dict of headers is displayed."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(MASK)
