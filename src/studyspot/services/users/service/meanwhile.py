"""What may happen to an account between two steps."""

import contextlib
from collections.abc import AsyncIterator

from studyspot.kernel.database import ConstraintViolated
from studyspot.kernel.errors import Conflict


@contextlib.asynccontextmanager
async def account_is_there() -> AsyncIterator[None]:
    """:raises Conflict: when it was forgotten since it was found."""
    try:
        yield
    except ConstraintViolated as violation:
        if violation.constraint not in {"member_account", "platform_user_account"}:
            raise
        raise Conflict("This account was given up in this moment. Try again.") from None
