"""Reading the body of a request: JSON, or a form with files."""

import json
import re
from typing import Any

from aiohttp import BodyPartReader, web

from .call import Upload

_FILE_FIELD = re.compile(r"files?\[(\d+)\]|file(\d*)")


class InvalidJsonError(Exception):
    """The body claims to be JSON and is not."""


class BodyTooLargeError(Exception):
    """The body has more bytes than a request may have."""


async def read_body(request: web.BaseRequest, limit_bytes: int) -> tuple[Any, dict[str, Upload]]:
    """The JSON value of a body (None when empty) and its files by number."""
    if not request.can_read_body:
        return None, {}
    if request.content_type.startswith("multipart/"):
        return await _read_form(request, limit_bytes)
    body = bytearray()
    async for chunk in request.content.iter_chunked(1 << 16):
        body += chunk
        if len(body) > limit_bytes:
            raise BodyTooLargeError
    return _parse(bytes(body)) if body else None, {}


async def _read_form(request: web.BaseRequest, limit_bytes: int) -> tuple[Any, dict[str, Upload]]:
    fields: dict[str, Any] = {}
    payload: Any = None
    files: dict[str, Upload] = {}
    total = 0
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        body = bytearray()
        while chunk := await part.read_chunk(1 << 16):
            body += chunk
            total += len(chunk)
            if total > limit_bytes:
                raise BodyTooLargeError
        name = part.name or ""
        field = _FILE_FIELD.fullmatch(name)
        if name == "payload_json":
            payload = _parse(bytes(body))
        elif part.filename is not None and field:
            number = field.group(1) or field.group(2) or "0"
            files[number] = Upload(part.filename, part.headers.get("Content-Type"), bytes(body))
        else:
            fields[name] = body.decode("utf-8", "replace")
    return (fields or None) if payload is None else payload, files


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:
        raise InvalidJsonError from error
