"""What the handlers of this room ask for: its door."""

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from studyspot.services.payments.contract import Payments

Door = NamedDependency[SkipValidation[Payments]]
