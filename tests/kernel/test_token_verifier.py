"""Who is asked about a token, and when: what strangers make up costs no question."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from joserfc.jwk import OKPKey

from studyspot.kernel import clock
from studyspot.kernel.tokens import ALGORITHM, AUDIENCE, InvalidToken, TokenVerifier, sign

KEY = OKPKey.generate_key("Ed25519", parameters={"kid": "k1", "alg": ALGORITHM, "use": "sig"})
SESSION = uuid4()


class Auth:
    """Answers a verifier's questions, slowly, and counts them."""

    def __init__(self) -> None:
        self.ended: list[str] = []
        self.asked = 0

    async def public_keys(self) -> dict[str, Any]:
        return {"keys": [KEY.as_dict(private=False)]}

    async def revoked_sessions(self) -> list[str]:
        self.asked += 1
        await asyncio.sleep(0.02)
        return self.ended

    def verifier(self) -> TokenVerifier:
        return TokenVerifier(self.public_keys, self.revoked_sessions, issuer="here")


def token() -> str:
    now = int(clock.timestamp())
    return sign(
        KEY,
        {
            "iss": "here",
            "aud": AUDIENCE,
            "sub": str(uuid4()),
            "sid": str(SESSION),
            "nbf": now,
            "exp": now + 60,
            "role": "owner",
            "permissions": [],
        },
    )


@pytest.mark.parametrize("made_up", ["garbage", "a.b.c", token()[:-4] + "AAAA"])
async def test_nobody_is_asked_which_sessions_ended_for_a_token_that_is_not_ours(made_up: str):
    auth = Auth()
    verifier = auth.verifier()
    for _ in range(5):
        verifier.revoke_session(None)
        with pytest.raises(InvalidToken):
            await verifier.verify(made_up)

    assert auth.asked == 0


async def test_those_who_come_while_it_is_asked_which_sessions_ended_wait_for_the_answer():
    auth = Auth()
    auth.ended = [str(SESSION)]
    verifier = auth.verifier()
    answers = await asyncio.gather(*(verifier.verify(token()) for _ in range(5)), return_exceptions=True)

    assert {type(answer) for answer in answers} == {InvalidToken}
    assert auth.asked == 1
