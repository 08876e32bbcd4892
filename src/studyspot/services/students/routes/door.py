"""What the handlers of this room ask for: its door."""

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from studyspot.services.students.contract import Students

Door = NamedDependency[SkipValidation[Students]]
