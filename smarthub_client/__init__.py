"""The SmartHub API as Python: knows HTTP and nothing of Django, queues or databases."""

from .client import ConnectionTest, SmartHubClient
from .endpoints import OPERATIONS, Mark, Operation
from .errors import (
    AuthenticationFailed,
    BadAnswer,
    BadRequest,
    BudgetExhausted,
    ConfigurationError,
    ConnectionLost,
    Deferred,
    ErrorContext,
    FieldError,
    Forbidden,
    InvalidArgument,
    NotFound,
    RateLimited,
    ServerError,
    SmartHubError,
    TimedOut,
    TlsFailed,
    UnconfirmedOperation,
    UnexpectedStatus,
    Unreachable,
    ValidationFailed,
)
from .paging import Page, iter_pages
from .reply import RateLimit, Reply
from .secret import Secret
from .version import __version__

__all__ = [
    "OPERATIONS",
    "AuthenticationFailed",
    "BadAnswer",
    "BadRequest",
    "BudgetExhausted",
    "ConfigurationError",
    "ConnectionLost",
    "ConnectionTest",
    "Deferred",
    "ErrorContext",
    "FieldError",
    "Forbidden",
    "InvalidArgument",
    "Mark",
    "NotFound",
    "Operation",
    "Page",
    "RateLimit",
    "RateLimited",
    "Reply",
    "Secret",
    "ServerError",
    "SmartHubClient",
    "SmartHubError",
    "TimedOut",
    "TlsFailed",
    "UnconfirmedOperation",
    "UnexpectedStatus",
    "Unreachable",
    "ValidationFailed",
    "__version__",
    "iter_pages",
]
