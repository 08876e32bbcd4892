"""What the handlers of this room ask for: its door."""

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from studyspot.services.bookings.contract import Bookings

Door = NamedDependency[SkipValidation[Bookings]]
