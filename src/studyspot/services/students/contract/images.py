"""Photos of students and of papers, as they cross the door."""

from datetime import datetime

import msgspec

from studyspot.kernel.errors import Refusal

PHOTO_BYTES_MAX = 5 * 1024 * 1024
ID_IMAGE_DAYS = 30
"""So long after it was noted that a paper was seen, its image is deleted."""


class UnreadableImage(Refusal):
    """No picture that can be read, or a too large one."""

    code = "UNREADABLE_IMAGE"


class ImageLink(msgspec.Struct, frozen=True):
    """A path that shows the image to whoever has it, without a sign-in, until `expires_at`."""

    path: str
    expires_at: datetime
