"""What handlers ask for: the caller, and query parameters with their bounds."""

from typing import Annotated

from litestar.di import NamedDependency
from litestar.params import HeaderParameter, QueryParameter, SkipValidation

from studyspot.kernel.contract import Caller

Asker = NamedDependency[SkipValidation[Caller]]
"""Who asks, as the guard found out."""

Page = Annotated[int, QueryParameter(ge=1, le=1_000_000, description="1 is the first page")]
Limit = Annotated[int, QueryParameter(ge=1, le=100, description="Items per page")]
Search = Annotated[
    str | None, QueryParameter(max_length=100, description="Any part; case and accents do not matter")
]
Text = Annotated[str | None, QueryParameter(max_length=100)]
IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="Your own name for what you ask: the same again is answered again, and not done again",
    ),
]
