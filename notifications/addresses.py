"""Secret addresses of pushes: made, shown, rotated. Two of one kind may be valid at once."""

import secrets
from collections.abc import Iterable

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from common.sealing import seal
from enterprise.models import Enterprise
from notifications import deeds
from notifications.kinds import KINDS
from notifications.models import PushAddress
from staff.audit import record
from staff.models import User

_TOKEN_BYTES = 32


def ensure(enterprise: Enterprise) -> dict[str, PushAddress]:
    """The newest valid address of each kind; missing ones are made."""
    with transaction.atomic():
        Enterprise.objects.select_for_update().get(pk=enterprise.pk)  # two at once would make two each
        found = {address.kind: address for address in reversed(valid(enterprise))}
        return {kind: found.get(kind) or _make(enterprise, kind) for kind in KINDS}


def valid(enterprise: Enterprise) -> list[PushAddress]:
    """Newest first; at most two of a kind."""
    return list(PushAddress.objects.filter(enterprise=enterprise, retired_at=None))


def rotate(address: PushAddress, user: User) -> PushAddress:
    """A new address of the same kind. This one stays valid beside it; any other of the kind ends now."""
    with transaction.atomic():
        Enterprise.objects.select_for_update().get(pk=address.enterprise_id)
        _others(address).update(retired_at=timezone.now())
        made = _make(address.enterprise, address.kind)
        record(user, deeds.ROTATED.name, made)
        return made


def retire(address: PushAddress, user: User) -> None:
    """Ends an address that has a newer one; the newest of a kind is never ended, only replaced."""
    with transaction.atomic():
        Enterprise.objects.select_for_update().get(pk=address.enterprise_id)
        if _others(address).filter(pk__gt=address.pk).exists():
            PushAddress.objects.filter(pk=address.pk, retired_at=None).update(retired_at=timezone.now())
            record(user, deeds.RETIRED.name, address)


def url_of(address: PushAddress) -> str:
    """What SmartHub is told. Raises `common.sealing.SealError`."""
    return f"{settings.PUBLIC_URL}/push/{address.reveal()}/{address.kind}"


def urls(addresses: Iterable[PushAddress]) -> dict[str, str]:
    return {address.kind: url_of(address) for address in addresses}


def _others(address: PushAddress) -> "QuerySet[PushAddress]":
    same = PushAddress.objects.filter(enterprise=address.enterprise_id, kind=address.kind, retired_at=None)
    return same.exclude(pk=address.pk)


def _make(enterprise: Enterprise, kind: str) -> PushAddress:
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    address = PushAddress(enterprise=enterprise, kind=kind, token_hash=PushAddress.hash_of(token))
    address.token_sealed = seal(token, address.bound_to)
    address.save()
    return address
