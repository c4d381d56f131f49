"""Makes `openapi_responses.json` from Discord's OpenAPI document: the answers of the routes the server has.

Usage: python tests/localcord/reduce_openapi.py DISCORD_OPENAPI_JSON
"""

import json
import sys
from pathlib import Path

from claw_discord_coord.localcord.api.routes import all_routes

HERE = Path(__file__).parent
KEPT = ("type", "enum", "const", "oneOf", "anyOf", "allOf", "properties", "required", "items", "$ref", "format")
ALSO = ("additionalProperties", "minimum", "maximum", "minLength", "maxLength", "uniqueItems", "pattern")


def slim(schema, names):
    if not isinstance(schema, dict):
        return schema
    out = {}
    for key, value in schema.items():
        if key not in KEPT + ALSO:
            continue
        if key == "properties":
            out[key] = {name: slim(inner, names) for name, inner in value.items()}
        elif key in ("oneOf", "anyOf", "allOf"):
            out[key] = [slim(inner, names) for inner in value]
        elif key == "$ref":
            names.add(value.rsplit("/", 1)[-1])
            out[key] = value
        else:
            out[key] = slim(value, names)
    return out


def main(source):
    document = json.loads(Path(source).read_text())
    names, paths = {"ErrorResponse", "RatelimitedResponse"}, {}
    for route in all_routes().all:
        operation = document["paths"].get(route.template, {}).get(route.method.lower())
        if operation is None:
            continue
        answers = paths.setdefault(route.template, {}).setdefault(route.method, {})
        for status, answer in operation["responses"].items():
            if "$ref" not in answer:
                content = answer.get("content", {}).get("application/json", {})
                answers[status] = slim(content["schema"], names) if "schema" in content else None
    schemas, todo = {}, set(names)
    while todo:
        name = todo.pop()
        found = set()
        schemas[name] = slim(document["components"]["schemas"][name], found)
        todo |= found - set(schemas)
    (HERE / "openapi_responses.json").write_text(
        json.dumps(
            {
                "notice": "An extract of Discord's OpenAPI document (github.com/discord/discord-api-spec), "
                "(c) Discord, MIT license; see openapi_license.txt.",
                "paths": dict(sorted(paths.items())),
                "components": {"schemas": dict(sorted(schemas.items()))},
            },
            separators=(",", ":"),
        )
        + "\n"
    )


main(sys.argv[1])
