"""The caller's own name for what it asks: the same again is answered again, and not done again. Where it is
kept is a matter of the room, in the transaction in which the thing is done.
"""

import hashlib

import msgspec

from studyspot.kernel.contract import Caller
from studyspot.kernel.validation import encode_hook


def key_of(caller: Caller, key: str | None) -> str | None:
    """One caller's keys are not another's."""
    return None if key is None else f"{caller.account_id} {key}"


def fingerprint_of(asked: object) -> bytes:
    """By which it is known that the same was asked."""
    return hashlib.sha256(msgspec.json.encode(asked, enc_hook=encode_hook)).digest()
