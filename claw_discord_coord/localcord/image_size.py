"""The width and height of an image, read from its first bytes."""

import struct

_PNG = b"\x89PNG\r\n\x1a\n"


def size_of_image(body: bytes) -> tuple[int, int] | None:
    """Width and height in pixels of a PNG or GIF, None for anything else.

    Discord gives sizes for JPEG and WebP too; nothing here needs them.
    """
    if body.startswith(_PNG) and len(body) >= 24:
        width, height = struct.unpack(">II", body[16:24])
        return width, height
    if body[:6] in (b"GIF87a", b"GIF89a") and len(body) >= 10:
        width, height = struct.unpack("<HH", body[6:10])
        return width, height
    return None
