"""The `discord` destination on a local Discord: channels, threads, forums, tags and replaced posts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from claw_discord_coord.config.destinations import DiscordDestinationConfig
from claw_discord_coord.errors import DeliveryFailed
from claw_discord_coord.ports import Destination
from tests.contract.destinations.benches import NOW, build_one, delivery
from tests.contract.workspace_scene import Scene, a_scene

pytestmark = pytest.mark.anyio

FORUM = 15


@asynccontextmanager
async def on_discord(folder: Path, **settings: Any) -> AsyncIterator[tuple[Destination, Scene]]:
    async with a_scene() as scene, scene.workspace() as workspace:
        yield (
            build_one(
                folder, {"kind": "discord", "channel": "reports", "timeout_s": 30, **settings}, channels=workspace
            ),
            scene,
        )


async def threads(scene: Scene) -> list[dict[str, Any]]:
    return (await scene.ada.call("GET", f"/guilds/{scene.local.ready.guild_id}/threads/active"))["threads"]


async def test_outputs_go_into_the_named_thread(tmp_path: Path) -> None:
    async with on_discord(tmp_path, thread="Weekly") as (destination, scene):
        for key in ("t1/out", "t2/out", "t2/out"):
            await destination.deliver(delivery(f"Of {key}.", key=key))

        (thread,) = await threads(scene)
        assert thread["name"] == "Weekly"
        assert await scene.ada.texts(thread["id"]) == ["## Fields\nOf t1/out.", "## Fields\nOf t2/out."]


async def test_a_heading_that_repeats_the_title_is_not_shown_again(tmp_path: Path) -> None:
    async with on_discord(tmp_path, thread="Weekly") as (destination, scene):
        await destination.deliver(delivery("# Fields", key="t1/out"))
        await destination.deliver(delivery("# Fields\n\nAll surveyed.", key="t2/out"))

        (thread,) = await threads(scene)
        assert await scene.ada.texts(thread["id"]) == ["## Fields", "## Fields\nAll surveyed."]


async def test_a_forum_post_whose_text_is_only_its_title_has_that_text(tmp_path: Path) -> None:
    async with on_discord(tmp_path, forum=True) as (destination, scene):
        await destination.deliver(delivery("# Fields"))

        (post,) = await threads(scene)
        assert await scene.ada.texts(post["id"]) == ["# Fields"]


async def test_an_output_is_a_forum_post_with_the_destinations_tags_and_its_own(tmp_path: Path) -> None:
    async with on_discord(tmp_path, forum=True, tags=["report"]) as (destination, scene):
        receipt = await destination.deliver(delivery("All surveyed.", about={"tags": ["fields", "Report", "spring"]}))

        (post,) = await threads(scene)
        (forum,) = await scene.ada.channels(FORUM)
        names = {tag["id"]: tag["name"] for tag in forum["available_tags"]}
        assert (post["name"], post["id"]) == ("Fields", receipt.id)
        assert {names[id_] for id_ in post["applied_tags"]} == {"report", "fields", "spring"}
        assert await scene.ada.texts(post["id"]) == ["All surveyed."]


@pytest.mark.parametrize("replace", [True, "the state of things"])
async def test_an_output_replaces_the_output_before(tmp_path: Path, replace: bool | str) -> None:
    async with on_discord(tmp_path, replace=replace) as (destination, scene):
        first = await destination.deliver(delivery("One.", key="t1/out"))
        again = await destination.deliver(delivery("Two.", key="t2/out"))

        channel = await scene.ada.channel_named("reports")
        assert first.url == again.url
        assert await scene.ada.texts(channel["id"]) == ["## Fields\nTwo."]


@pytest.mark.proves("doubled.delivery-order")
async def test_a_late_output_replaces_a_newer_output_only_if_a_person_resends_it(tmp_path: Path) -> None:
    async with on_discord(tmp_path, replace=True) as (destination, scene):
        late = delivery("One.", key="t1/out", created_at=NOW - timedelta(minutes=2))
        await destination.deliver(delivery("Two.", key="t2/out", created_at=NOW - timedelta(minutes=1)))
        with pytest.raises(DeliveryFailed, match="newer"):
            await destination.deliver(late)
        channel = await scene.ada.channel_named("reports")
        assert await scene.ada.texts(channel["id"]) == ["## Fields\nTwo."]

        released = late.model_copy(update={"generation": 1, "released_at": NOW - timedelta(seconds=30)})
        await destination.deliver(released)
        assert await scene.ada.texts(channel["id"]) == ["## Fields\nOne."]

        await destination.deliver(delivery("Three.", key="t3/out", created_at=NOW - timedelta(seconds=15)))
        with pytest.raises(DeliveryFailed, match="newer"):
            await destination.deliver(released)
        assert await scene.ada.texts(channel["id"]) == ["## Fields\nThree."]


async def test_a_table_arrives_drawn(tmp_path: Path) -> None:
    async with on_discord(tmp_path) as (destination, scene):
        await destination.deliver(delivery("Counted:\n\n| Field | Cows |\n|---|--:|\n| north | 7 |\n"))

        channel = await scene.ada.channel_named("reports")
        (text,) = await scene.ada.texts(channel["id"])
        assert text == "## Fields\nCounted:\n\n```\nField │ Cows\n──────┼─────\nnorth │    7\n```"


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"forum": True, "thread": "Weekly"}, "Leave out `thread` or `forum`"),
        ({"tags": ["report"]}, "Add `forum: true`"),
        ({"forum": True, "tags": list("abcdef")}, "at most 5"),
        ({"forum": True, "tags": ["x" * 21]}, "is not a valid tag"),
        ({"thread": "x" * 101}, "is not a valid name"),
        ({"replace": " "}, "is not a valid name"),
    ],
    ids=str,
)
def test_settings_that_do_not_fit_together_are_refused(settings: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        DiscordDestinationConfig.model_validate({"kind": "discord", "channel": "reports", **settings})
