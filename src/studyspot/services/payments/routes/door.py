"""What the handlers of this room ask for: its door, and the caller's own name for what it asks."""

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from studyspot.kernel.http.parameters import IdempotencyKey as IdempotencyKey
from studyspot.services.payments.contract import Payments

Door = NamedDependency[SkipValidation[Payments]]
