"""Invitations to a desk: docs/protocol.md, section "Desk"."""

import armor
from epoch import AFTER_ITS_END
from hashes import Refused, derive
from locked import Identity, read_identity, unlock

MOST_NUMBERS = 10 * 365 * 24 * 60  # ten years of minutes


def number_of(valid_from: int) -> int:
    """The number of an epoch: the minute in which it begins."""
    return valid_from // 60


def secret_of(number: int, secret: bytes, of_number: int) -> bytes:
    """A member's secret for a number, from that for an earlier one."""
    if not 0 <= number - of_number <= MOST_NUMBERS:
        raise Refused("that invitation is not for this secret")
    for _ in range(number - of_number):
        secret = derive(secret, "member secret")
    return secret


def lock_of(secret: bytes) -> bytes:
    """What the invitation of a number is locked under, in place of words."""
    return derive(secret, "invitation secret")


def open_invitation(
    text: bytes, lock_words: bytes, own: bytes, at: int, newest_of_member: int | None = None
) -> Identity | None:
    """What an invitation brings, or None where words or secret are others. `lock_words` are the words, or `lock_of` a
    secret; `newest_of_member` is when the newest epoch begins that the member has."""
    damaged = Refused("the invitation is damaged")
    padded = unlock("invitation", armor.read("invitation", text), lock_words)
    if padded is None:
        return None
    try:
        desk = read_identity(padded)
    except Refused:
        raise damaged from None
    if any(desk.seed) or any(desk.storage_key):
        raise damaged
    for_own = [member for member in desk.members if member.contact[2:34] == own]
    others = [member for member in desk.members if member.contact[2:34] != own]
    if not for_own:
        raise Refused("that invitation is for somebody else")
    # Another member's invitation, seen by somebody on the list: the one who has a secret in it is somebody else.
    if any(any(member.secret) for member in others) or not any(for_own[0].secret):
        raise Refused("that invitation is for somebody else")
    if all(at > one.valid_until + AFTER_ITS_END for one in desk.epochs):
        raise Refused("that invitation is over: ask for another")
    if for_own[0].sent != desk.issued:
        raise damaged
    if newest_of_member is not None and desk.issued <= newest_of_member:
        raise Refused("that invitation brings nothing new")
    return desk
