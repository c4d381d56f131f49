"""Webhooks that take what Slack's take, and what GitHub sends. Source: Discord documentation, resources/webhook."""

from ...checks.form import form_of
from ...checks.github import read_github
from ...checks.slack import read_slack
from ...errors import INVALID_REQUEST, DiscordError
from ...json_text import NotJsonError, read_json
from ...shapes import Json
from ..call import Call
from ..routing import Reply, Routes
from .webhook_messages import speak
from .webhooks import webhook_by_token

routes = Routes()

_PATH = "/webhooks/{webhook_id}/{webhook_token}"


@routes.on("POST", f"{_PATH}/slack", anonymous=True, exempt=True)
def execute_slack(call: Call) -> Reply:
    """Post what a Slack message says; answers `ok` as Slack does (and Discord: discord-api-docs#1067), not JSON."""
    webhook = webhook_by_token(call)
    form = form_of(_slack_body(call))
    body = read_slack(form)
    form.errors.raise_if_any()
    speak(call, webhook, form_of(body), {})
    return Reply("ok", raw=b"ok", content_type="text/html; charset=utf-8")


def _slack_body(call: Call) -> Json:
    """The message, which Slack's older clients send as the field `payload` of a form."""
    payload = call.body.get("payload")
    if not isinstance(payload, str):
        return call.body
    try:
        return form_of({"payload": read_json(payload.encode())}).inner("payload").body
    except NotJsonError:
        raise DiscordError(INVALID_REQUEST) from None


@routes.on("POST", f"{_PATH}/github", anonymous=True, exempt=True)
def execute_github(call: Call) -> None:
    """Post what GitHub tells; of events that Discord doesn't support nothing is posted."""
    webhook = webhook_by_token(call)
    body = read_github(call.headers.get("X-GitHub-Event", ""), form_of(call.body))
    if body is not None:
        speak(call, webhook, form_of(body), {})
