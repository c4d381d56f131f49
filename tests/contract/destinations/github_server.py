"""The calls of GitHub's HTTP API for comments.

Requests and responses are checked against GitHub's own OpenAPI description (github_api.json).
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
from aiohttp import web
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from tests.contract.destinations.faults import Fault, Faulty, served

TOKEN = "ghp_0123456789abcdefghijklmnopqrstuvwxyz"
API = json.loads((Path(__file__).parent / "github_api.json").read_text())
_REGISTRY = Registry().with_resource("urn:github", Resource(contents=API, specification=DRAFT4))
STAMP = "2026-11-21T12:00:00Z"


def check(schema: dict[str, Any] | None, value: Any) -> None:
    """Refuse a request or response that does not match GitHub's description."""
    if schema is None:
        assert value is None
        return
    absolute = json.loads(json.dumps(schema).replace('"#/schemas/', '"urn:github#/schemas/'))
    jsonschema.Draft4Validator(absolute, registry=_REGISTRY).validate(value)


def example(schema: dict[str, Any]) -> Any:
    """Return the smallest value that matches the description."""
    if "$ref" in schema:
        return example(API["schemas"][schema["$ref"].rpartition("/")[2]])
    if "anyOf" in schema or "oneOf" in schema:
        choices = schema.get("anyOf") or schema["oneOf"]
        return None if {"type": "null"} in choices else example(choices[0])
    if "allOf" in schema:
        return {key: value for part in schema["allOf"] for key, value in (example(part) or {}).items()}
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object" or "properties" in schema:
        required = schema.get("required", [])
        return {name: example(one) for name, one in schema.get("properties", {}).items() if name in required}
    plain: dict[str | None, Any] = {"string": "x", "integer": 1, "number": 1, "boolean": False, "array": []}
    return STAMP if schema.get("format") == "date-time" else plain.get(kind)


@dataclass
class Subject:
    """A pull request (with the branch it comes from, and its changes) or an issue (without)."""

    branch: str | None = None
    patches: dict[str, str] = field(default_factory=dict)
    comments: dict[int, dict[str, Any]] = field(default_factory=dict)
    reviews: list[dict[str, Any]] = field(default_factory=list)
    review_comments: list[dict[str, Any]] = field(default_factory=list)


class GitHubServer(Faulty):
    """GitHub with one repository, ada/engine. `calls` lists the calls by their names in GitHub's description."""

    def __init__(self) -> None:
        super().__init__()
        self.subjects = {12: Subject("feature", {"src/engine.py": "@@ -1,2 +1,3 @@\n one\n+two\n three"}), 7: Subject()}
        self.calls: list[str] = []
        self.base = ""
        self._next = 1000

    def bodies(self, number: int = 12) -> list[str]:
        return [comment["body"] for comment in self.subjects[number].comments.values()]

    def comment(self, number: int, body: str, by: str) -> None:
        """Add a comment of another user."""
        self.subjects[number].comments[self._id()] = self._comment(number, self._next, body, by)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """Serve, and yield the API's base URL in the form of GitHub Enterprise Server."""
        app = web.Application(middlewares=[self._described, self.disturb], client_max_size=20_000_000)
        repository = "/api/v3/repos/ada/engine"
        app.add_routes(
            [
                web.get("/api/v3/user", self._user),
                web.get(f"{repository}/issues/{{issue_number}}", self._issue),
                web.get(f"{repository}/issues/{{issue_number}}/comments", self._comments),
                web.post(f"{repository}/issues/{{issue_number}}/comments", self._add),
                web.patch(f"{repository}/issues/comments/{{comment_id}}", self._change),
                web.delete(f"{repository}/issues/comments/{{comment_id}}", self._remove),
                web.get(f"{repository}/pulls", self._pulls),
                web.get(f"{repository}/pulls/{{pull_number}}", self._pull),
                web.get(f"{repository}/pulls/{{pull_number}}/files", self._files),
                web.get(f"{repository}/pulls/{{pull_number}}/reviews", self._reviews),
                web.post(f"{repository}/pulls/{{pull_number}}/reviews", self._review),
            ]
        )
        async with served(app, self) as base:
            self.base = f"{base}/api/v3"
            yield self.base

    def refusal(self, status: int) -> web.Response:
        message = {401: "Bad credentials", 422: "Validation Failed"}.get(status, "Server Error")
        return web.json_response({"message": message, "documentation_url": "https://docs.github.com"}, status=status)

    @web.middleware
    async def _described(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Check the exchange against the description, and the token."""
        if request.headers.get("Authorization") != f"token {TOKEN}":
            return self.refusal(401)
        assert request.match_info.route.resource is not None
        path = request.match_info.route.resource.canonical.removeprefix("/api/v3")
        name = f"{request.method} {path.replace('/ada/engine', '/{owner}/{repo}')}"
        operation = API["operations"][name]
        self.calls.append(name)
        if "body" in operation:
            check(operation["body"], await request.json())
        response = await handler(request)
        if str(response.status) in operation["answers"] and self.fault is not Fault.DROPS:
            assert isinstance(response, web.Response)
            check(operation["answers"][str(response.status)], json.loads(response.text) if response.text else None)
        return response

    async def _user(self, request: web.Request) -> web.Response:
        return web.json_response(example({"$ref": "#/schemas/private-user"}) | {"login": "claw"})

    async def _issue(self, request: web.Request) -> web.Response:
        number = int(request.match_info["issue_number"])
        if number not in self.subjects:
            return web.json_response({"message": "Not Found"}, status=404)
        issue = example({"$ref": "#/schemas/issue"}) | {
            "number": number,
            "url": f"{self.base}/repos/ada/engine/issues/{number}",
        }
        kind = "pull" if self.subjects[number].branch else "issues"
        issue["html_url"] = f"{self.base.removesuffix('/api/v3')}/ada/engine/{kind}/{number}"
        if self.subjects[number].branch:
            issue["pull_request"] = dict.fromkeys(("diff_url", "html_url", "patch_url", "url"), issue["html_url"])
        return web.json_response(issue)

    async def _comments(self, request: web.Request) -> web.Response:
        subject = self.subjects.get(int(request.match_info["issue_number"]))
        if subject is None:
            return web.json_response({"message": "Not Found"}, status=404)
        page, size = int(request.query.get("page", 1)), int(request.query.get("per_page", 30))
        several = list(subject.comments.values())[(page - 1) * size : page * size]
        response = web.json_response(several)
        if len(subject.comments) > page * size:
            response.headers["Link"] = f'<{request.url.update_query(page=page + 1)}>; rel="next"'
        return response

    async def _add(self, request: web.Request) -> web.Response:
        number = int(request.match_info["issue_number"])
        body = (await request.json())["body"]
        if len(body) > 65_536:
            return self.refusal(422)
        made = self._comment(number, self._id(), body, "claw")
        self.subjects[number].comments[made["id"]] = made
        return web.json_response(made, status=201)

    async def _change(self, request: web.Request) -> web.Response:
        comment = self._found(request)
        if comment["user"]["login"] != "claw":
            return web.json_response({"message": "Must have admin rights to Repository."}, status=403)
        comment["body"] = (await request.json())["body"]
        return web.json_response(comment)

    async def _remove(self, request: web.Request) -> web.Response:
        comment = self._found(request)
        for subject in self.subjects.values():
            subject.comments.pop(comment["id"], None)
        return web.Response(status=204)

    async def _pulls(self, request: web.Request) -> web.Response:
        head = request.query["head"].removeprefix("ada:")
        found = [number for number, subject in self.subjects.items() if subject.branch == head]
        return web.json_response(
            [example({"$ref": "#/schemas/pull-request-simple"}) | {"number": one} for one in found]
        )

    async def _pull(self, request: web.Request) -> web.Response:
        number = int(request.match_info["pull_number"])
        url = f"{self.base}/repos/ada/engine/pulls/{number}"
        return web.json_response(example({"$ref": "#/schemas/pull-request"}) | {"number": number, "url": url})

    async def _files(self, request: web.Request) -> web.Response:
        patches = self.subjects[int(request.match_info["pull_number"])].patches
        file = example({"$ref": "#/schemas/diff-entry"})
        return web.json_response([file | {"filename": path, "patch": patch} for path, patch in patches.items()])

    async def _reviews(self, request: web.Request) -> web.Response:
        return web.json_response(self.subjects[int(request.match_info["pull_number"])].reviews)

    async def _review(self, request: web.Request) -> web.Response:
        subject = self.subjects[int(request.match_info["pull_number"])]
        given = await request.json()
        review = example({"$ref": "#/schemas/pull-request-review"})
        review |= {"id": self._id(), "body": given["body"], "user": self._user_of("claw")}
        subject.reviews.append(review)
        subject.review_comments += given["comments"]
        return web.json_response(review)

    def _found(self, request: web.Request) -> dict[str, Any]:
        comment_id = int(request.match_info["comment_id"])
        return next(one.comments[comment_id] for one in self.subjects.values() if comment_id in one.comments)

    def _comment(self, number: int, comment_id: int, body: str, by: str) -> dict[str, Any]:
        url = f"{self.base}/repos/ada/engine/issues/comments/{comment_id}"
        page = f"{self.base.removesuffix('/api/v3')}/ada/engine/issues/{number}#issuecomment-{comment_id}"
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return example({"$ref": "#/schemas/issue-comment"}) | {
            "id": comment_id,
            "url": url,
            "html_url": page,
            "body": body,
            "user": self._user_of(by),
            "created_at": now,
            "updated_at": now,
        }

    def _user_of(self, login: str) -> dict[str, Any]:
        return example({"$ref": "#/schemas/simple-user"}) | {"login": login}

    def _id(self) -> int:
        self._next += 1
        return self._next
