"""Reading the body of a request: JSON, or a form with or without files.

Source: Discord documentation, reference, "Content Type" and "Uploading Files".
"""

import re
from itertools import count
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, ClientError, web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestPayloadError

from ..json_text import read_json, readable
from .call import Upload

_FILE_FIELD = re.compile(r"files?\[(\d{1,9})\]|file(\d{0,9})", re.ASCII)
_DOCUMENTS = frozenset({"payload_json", "payload"})
"""Fields that hold the body itself, which some clients send with a file name (`payload` is Slack's)."""

_CHUNK_BYTES = 1 << 16
_UNREADABLE = (
    *(ValueError, LookupError, RuntimeError, AssertionError, RuntimeWarning),
    *(HttpProcessingError, RequestPayloadError, ClientError),
)
"""What aiohttp raises for a form without boundary or end, with bad headers (a warning, which may be an error) or
nested without end, and for bytes that are not compressed or chunked as the headers say."""


class UnreadableBodyError(Exception):
    """The body is not what its content type says."""


class BodyTooLargeError(Exception):
    """The body has more bytes than a request may have."""


async def read_body(request: web.BaseRequest, limit_bytes: int) -> tuple[Any, dict[str, Upload]]:
    """The value of a body (None when empty) and its files by number.

    Raises BodyTooLargeError, or UnreadableBodyError for whatever else is wrong with it.
    """
    if not request.can_read_body:
        return None, {}
    try:
        if request.content_type.startswith("multipart/"):
            return await _read_multipart(request, limit_bytes)
        body = await _read_all(request, limit_bytes)
        if request.content_type == "application/x-www-form-urlencoded":
            return _from_fields(dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))), {}
        return read_json(body) if body else None, {}
    except _UNREADABLE as error:
        raise UnreadableBodyError(str(error)) from error


async def _read_all(request: web.BaseRequest, limit_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in request.content.iter_chunked(_CHUNK_BYTES):
        body += chunk
        if len(body) > limit_bytes:
            raise BodyTooLargeError
    return bytes(body)


async def _read_multipart(request: web.BaseRequest, limit_bytes: int) -> tuple[Any, dict[str, Upload]]:
    fields: dict[str, str] = {}
    files: dict[str, Upload] = {}
    unnumbered: list[Upload] = []
    total = 0
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        body = bytearray()
        while chunk := await part.read_chunk(_CHUNK_BYTES):
            body += chunk
            total += len(chunk)
            if total > limit_bytes:
                raise BodyTooLargeError
        name, filename = part.name or "", part.filename
        field = _FILE_FIELD.fullmatch(name)
        if filename is not None and name not in _DOCUMENTS:
            kind = part.headers.get("Content-Type")
            upload = Upload(readable(filename), kind and readable(kind), bytes(body))
            if field:
                files[field.group(1) or field.group(2) or "0"] = upload
            else:
                unnumbered.append(upload)
        else:
            fields[name] = body.decode("utf-8", "replace")
    # A part with a file name is a file whatever its field is called; parts without a number get the free ones.
    free = (str(number) for number in count() if str(number) not in files)
    files |= dict(zip(free, unnumbered, strict=False))
    return _from_fields(fields), files


def _from_fields(fields: dict[str, str]) -> Any:
    """What a form says: its `payload_json` if it has one, else its fields."""
    payload = fields.get("payload_json")
    if payload is not None:
        return read_json(payload.encode())
    return {readable(name): readable(value) for name, value in fields.items()} or None
