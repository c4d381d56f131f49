"""Holds every answer of the server against Discord's OpenAPI document.

The document describes some answers otherwise than Discord gives them; those places are listed in `EXCEPTIONS`, each
with its reason, and nothing else is let through.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

HERE = Path(__file__).parent

EXCEPTIONS = {
    "errors": "the document says that the codes inside `errors` are numbers; they are words such as "
    "BASE_TYPE_REQUIRED (documentation, reference, 'Error Messages')",
    "429": "the document requires `code` in every 429; the documentation calls it optional, and Discord leaves it out "
    "(topics/rate-limits)",
    "media channels": "the document does not know channels of type 16, which the documentation has "
    "(resources/channel, 'Channel Types')",
    "forwards": "the document knows only references of type 0; the documentation has 1, FORWARD (resources/message, "
    "'Message Reference Types')",
    "application-command-index": "the routes of Discord's own client are not in the document",
    "/interactions": "the routes of Discord's own client are not in the document",
    "/users/@me/channels": "the document has no GET of a person's direct channels",
    "/channels/{channel_id}/pins": "the document has the older list of pins as deprecated; both are served",
}


class WrongAnswerError(AssertionError):
    """An answer that is not as the document has it."""


@cache
def _document() -> dict[str, Any]:
    return json.loads((HERE / "openapi_responses.json").read_text())


@cache
def _validator(method: str, template: str, status: str) -> Draft202012Validator | None:
    document = _document()
    if status in ("error", "429"):
        schema: Any = {"$ref": "#/components/schemas/" + ("ErrorResponse" if status == "error" else "Error")}
    else:
        schema = document["paths"][template][method][status]
    if schema is None:
        return None
    return Draft202012Validator({"components": document["components"], "allOf": [schema]})


def check_answer(method: str, template: str, status: int, body: Any) -> None:
    """Raise WrongAnswerError unless an answer is as the document has it."""
    if status >= 400:
        _check_error(method, template, status, body)
        return
    known = _document()["paths"].get(template, {}).get(method)
    if known is None:
        if not any(part in template for part in ("application-command-index", "/interactions", "/users/@me/channels")):
            raise WrongAnswerError(f"{method} {template} is not in the document")
        return
    if str(status) not in known:
        raise WrongAnswerError(f"{method} {template} answered {status}; the document has {', '.join(known)}")
    validator = _validator(method, template, str(status))
    if validator is None:
        if body is not None:
            raise WrongAnswerError(f"{method} {template} {status} must be empty, not {body!r:.200}")
        return
    _raise_first(validator, method, template, status, _as_document_knows(body))


def _as_document_knows(body: Any) -> Any:
    """The body with media channels as forums and forwards as references of the only type the document has."""
    if isinstance(body, list):
        return [_as_document_knows(item) for item in body]
    if not isinstance(body, dict):
        return body
    body = {name: _as_document_knows(value) for name, value in body.items()}
    if body.get("type") == 16 and "available_tags" in body:
        return body | {"type": 15}
    if "message_snapshots" in body and body["message_reference"]["type"] == 1:
        return body | {"message_reference": body["message_reference"] | {"type": 0}}
    return body


def _check_error(method: str, template: str, status: int, body: Any) -> None:
    errors = body.get("errors")
    plain = {name: value for name, value in body.items() if name != "errors"}
    if status == 429:
        if not isinstance(body.get("retry_after"), (int, float)) or not isinstance(body.get("global"), bool):
            raise WrongAnswerError(f"429 without retry_after and global: {body}")
        plain.setdefault("code", 0)
    _raise_first(_validator("", "", "error"), method, template, status, plain)
    if errors is not None:
        _check_places(errors)


def _check_places(place: Any) -> None:
    """The nested form: `_errors` lists of code and message, or further places."""
    if "_errors" in place:
        for error in place["_errors"]:
            if set(error) != {"code", "message"} or not all(isinstance(value, str) for value in error.values()):
                raise WrongAnswerError(f"not an inner error: {error}")
    for name, inner in place.items():
        if name != "_errors":
            _check_places(inner)


def _raise_first(validator: Any, method: str, template: str, status: int, body: Any) -> None:
    for error in validator.iter_errors(body):
        deepest = error
        while deepest.context:
            deepest = min(deepest.context, key=lambda inner: -len(inner.absolute_path))
        where = "/".join(str(step) for step in deepest.absolute_path)
        raise WrongAnswerError(f"{method} {template} {status} at {where or 'the top'}: {deepest.message:.300}")


class AnswerCheck:
    """An observer that keeps the first wrong answer, for the test to fail with at its end."""

    def __init__(self) -> None:
        self.wrong: list[str] = []
        self.seen = 0

    def __call__(self, method: str, template: str, status: int, body: Any) -> None:
        self.seen += 1
        if not template:
            return
        try:
            check_answer(method, template, status, json.loads(json.dumps(body)))
        except WrongAnswerError as error:
            self.wrong.append(str(error))
