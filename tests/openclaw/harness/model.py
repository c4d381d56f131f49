"""An OpenAI-compatible model server that answers what the test has scripted."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass(frozen=True)
class Say:
    """Answer with this text; the turn ends."""

    text: str


@dataclass(frozen=True)
class Call:
    """Call this tool; the next step of the script answers what it returned."""

    name: str
    args: dict[str, Any]
    text: str = ""

    @classmethod
    def plugin(cls, tool: str, **args: Any) -> Call:
        """Call a plugin's tool, which OpenClaw keeps behind its tool search."""
        return cls("tool_call", {"id": tool, "args": args})


@dataclass(frozen=True)
class Fail:
    """Answer with this HTTP status and an error."""

    status: int


@dataclass(frozen=True)
class Hold:
    """Wait for the event before going on to the step."""

    until: asyncio.Event
    then: Say | Call | Fail


Step = Say | Call | Fail | Hold


@dataclass
class ScriptedModel:
    """Answers by the last thing a user said: the first script whose words occur in it is played, a step per request.

    `requests` has the body of every request, `asked` is set when one arrives.
    """

    requests: list[dict[str, Any]] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""
    _scripts: list[tuple[str, Sequence[Step]]] = field(default_factory=list)
    _runner: web.AppRunner | None = None

    def script(self, words: str, *steps: Step) -> None:
        """Play these steps when a user says something with `words` in it; later scripts win."""
        self._scripts.insert(0, (words, steps))

    def reset(self) -> None:
        """Forget scripts and requests of the test before."""
        self._scripts.clear()
        self.requests.clear()

    def said(self, words: str) -> list[dict[str, Any]]:
        """The requests in which `words` occur."""
        return [request for request in self.requests if words in json.dumps(request, ensure_ascii=False)]

    async def __aenter__(self) -> ScriptedModel:
        app = web.Application(client_max_size=50_000_000)
        app.router.add_post("/v1/chat/completions", self._complete)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/v1"
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.requests.append(body)
        self.asked.set()
        step = self._step(body["messages"])
        if isinstance(step, Hold):
            await step.until.wait()
            step = step.then
        if isinstance(step, Fail):
            return web.json_response({"error": {"message": "scripted failure", "type": "scripted"}}, status=step.status)
        if request.transport is None or request.transport.is_closing():
            return web.Response()  # the run was aborted meanwhile
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        for chunk in _chunks(step):
            await response.write(f"data: {json.dumps(chunk)}\n\n".encode())
        await response.write(b"data: [DONE]\n\n")
        return response

    def _step(self, messages: list[dict[str, Any]]) -> Step:
        last = max((index for index, message in enumerate(messages) if _from_person(message)), default=-1)
        text = _text(messages[last].get("content")) if last >= 0 else ""
        answered = sum(1 for message in messages[last + 1 :] if message["role"] == "assistant")
        for words, steps in self._scripts:
            if words in text:
                return steps[min(answered, len(steps) - 1)]
        return Say("I have nothing scripted for this.")


_OPENCLAWS_OWN = ("<<<BEGIN_OPENCLAW_INTERNAL", "This turn ended before a reply")


def _from_person(message: dict[str, Any]) -> bool:
    """Whether it is an input of the turn; OpenClaw adds notes of its own as further user messages."""
    return message["role"] == "user" and not _text(message.get("content")).startswith(_OPENCLAWS_OWN)


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(str(part.get("text", "")) for part in content or [])


def _chunks(step: Say | Call) -> list[dict[str, Any]]:
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    if isinstance(step, Say):
        size = max(1, len(step.text) // 3)
        deltas += [{"content": step.text[at : at + size]} for at in range(0, len(step.text), size)]
    else:
        if step.text:
            deltas.append({"content": step.text})
        function = {"name": step.name, "arguments": json.dumps(step.args)}
        deltas.append({"tool_calls": [{"index": 0, "id": _next_id(), "type": "function", "function": function}]})
    common = {"id": "chatcmpl-scripted", "object": "chat.completion.chunk", "created": 1, "model": "scripted"}
    chunks = [{**common, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    finish = "stop" if isinstance(step, Say) else "tool_calls"
    usage = {"prompt_tokens": 1000, "completion_tokens": 50, "total_tokens": 1050}
    chunks.append({**common, "choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
    chunks.append({**common, "choices": [], "usage": usage})
    return chunks


_calls = 0


def _next_id() -> str:
    global _calls
    _calls += 1
    return f"call_{_calls}"
