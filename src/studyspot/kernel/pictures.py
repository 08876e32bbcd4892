"""Pictures from outside, made anew: nothing of the file that came in is kept but what one sees."""

import io

from PIL import Image, ImageOps

FORMATS = ("JPEG", "PNG", "WEBP")
PIXELS_MAX = 50_000_000
"""More than any phone's camera makes; a file of some kilobytes can hold a thousand times as many."""
QUALITY = 85


def to_jpeg(content: bytes, *, side_max: int) -> bytes:
    """The right way up, on white, at most so many pixels on each side, without what the camera noted.

    :raises ValueError: with what to do, for what is no such picture, or a too large one.
    """
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            if picture.width * picture.height > PIXELS_MAX:
                raise ValueError(f"Send a picture of at most {PIXELS_MAX // 1_000_000} megapixels.")
            picture.draft("RGB", (side_max, side_max))
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((side_max, side_max))
            seen = upright.convert("RGBA")
    except (OSError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as problem:
        raise ValueError("Send a picture as JPEG, PNG or WebP.") from problem
    plain = Image.new("RGB", seen.size, "white")
    plain.paste(seen, mask=seen.getchannel("A"))
    made = io.BytesIO()
    plain.save(made, "JPEG", quality=QUALITY)
    return made.getvalue()
