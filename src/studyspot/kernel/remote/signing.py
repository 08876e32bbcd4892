"""Who may speak to a service's own port: whoever holds one of the platform's keys.

A request is signed with HMAC-SHA256 over what it says, the moment and a number used once. To rotate, list the
new key second, then first, then alone, each time in every process.
"""

import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Sequence

from studyspot.kernel import clock
from studyspot.kernel.errors import Refusal

SIGNATURE, SECONDS_LEFT = "x-studyspot-signature", "x-studyspot-seconds-left"
"""Headers of every request between processes."""
FRESH_SECONDS = 30
"""How far two machines' clocks may be apart, the way of the request included."""
REMEMBERED_MAX = 500_000


class Unsigned(Refusal):
    """For StudySpot's own processes only. Not a 401: no user can do anything about it."""

    status = 421  # Misdirected Request, RFC 9110 §15.5.20
    code = "UNSIGNED"


class ServiceKeys:
    """`keys`: the first signs, any is believed."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = tuple(keys)
        self._seen: OrderedDict[str, float] = OrderedDict()

    def sign(self, *said: bytes) -> str:
        """`said` is what the receiver must find unchanged."""
        moment, once = str(int(clock.timestamp())), secrets.token_hex(12)
        return f"{moment}.{once}.{_signature(self._keys[0], moment, once, said)}"

    def check(self, signature: str, *said: bytes) -> None:
        """:raises Unsigned: for what none of ours said, said too long ago, or said before."""
        moment, _, rest = signature.partition(".")
        once, _, digest = rest.partition(".")
        if not moment.isdecimal() or not digest.isascii():
            raise Unsigned("This address is for StudySpot's own processes. Ask the gateway.")
        if not any(hmac.compare_digest(_signature(key, moment, once, said), digest) for key in self._keys):
            raise Unsigned("This was signed with a key that is not known here.")
        now = clock.timestamp()
        if abs(now - int(moment)) > FRESH_SECONDS:
            raise Unsigned("This was signed too long ago, or a clock is wrong.")
        self._forget(now)
        if once in self._seen or len(self._seen) >= REMEMBERED_MAX:
            raise Unsigned("This came before.")
        self._seen[once] = now

    def _forget(self, now: float) -> None:
        while self._seen and next(iter(self._seen.values())) < now - 2 * FRESH_SECONDS:
            self._seen.popitem(last=False)


def _signature(key: bytes, moment: str, once: str, said: Sequence[bytes]) -> str:
    signed = b"".join(len(part).to_bytes(8) + part for part in (moment.encode(), once.encode(), *said))
    return hmac.digest(key, signed, hashlib.sha256).hex()
