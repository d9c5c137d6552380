"""Found by `rules`' autodiscovery; the permissions themselves stand with the roles."""

from staff import roles

__all__ = ["roles"]
