"""What the handlers of this room ask for: its door, and the caller's own name for what it asks."""

from typing import Annotated

from litestar.di import NamedDependency
from litestar.params import HeaderParameter, SkipValidation

from studyspot.services.payments.contract import Payments

Door = NamedDependency[SkipValidation[Payments]]
IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="Your own name for what you ask: the same again is answered again, and not done again",
    ),
]
