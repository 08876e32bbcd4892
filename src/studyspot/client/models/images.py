"""Photos of students, and of papers that were shown."""

import msgspec

from studyspot.client.models.moment import Moment


class ImageLink(msgspec.Struct, frozen=True):
    """A path that shows the image to whoever has it, without a sign-in, until `expires_at`."""

    path: str
    expires_at: Moment
