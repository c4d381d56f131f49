"""A message is written once, wherever the coordinator or the network dies on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from claw_discord_coord.errors import DiscordRefused, DiscordUnavailable
from claw_discord_coord.models import Task, TaskLocation
from claw_discord_coord.ports import ChannelPost
from tests.contract.workspace_scene import Killed, Scene, a_scene, a_task

pytestmark = pytest.mark.anyio

REPORT = "It is done."
MESSAGES = "/channels/*/messages"


async def _opened(scene: Scene) -> tuple[Task, TaskLocation]:
    task = a_task()
    async with scene.workspace() as workspace:
        return task, await workspace.open(task)


@pytest.mark.parametrize("later_s", [5, 3600], ids=["within the nonce's window", "long after it"])
@pytest.mark.proves("doubled.message")
async def test_a_kill_between_discords_answer_and_its_confirmation_leaves_one_message(later_s: float) -> None:
    async with a_scene() as scene:
        task, place = await _opened(scene)
        async with scene.workspace() as workspace:
            scene.records.posts.dies_before_confirm = True
            with pytest.raises(Killed):
                await workspace.say(task, "result", REPORT)
        scene.pass_(seconds=later_s)

        async with scene.workspace() as workspace:
            sent = await workspace.say(task, "result", REPORT)

        messages = await scene.ada.messages(place.thread_id)
        assert [message["content"] for message in messages] == [REPORT]
        assert sent.message_id == messages[0]["id"]


@pytest.mark.parametrize("later_s", [5, 3600], ids=["within the nonce's window", "long after it"])
@pytest.mark.proves("doubled.card")
async def test_a_kill_after_the_card_was_sent_leaves_one_card(later_s: float) -> None:
    async with a_scene() as scene:
        task = a_task()
        async with scene.workspace() as workspace:
            scene.records.posts.dies_before_confirm = True
            with pytest.raises(Killed):
                await workspace.open(task)
        scene.pass_(seconds=later_s)

        async with scene.workspace() as workspace:
            place = await workspace.open(task)

        messages = await scene.ada.messages(place.channel_id)
        assert [message["id"] for message in messages] == [place.message_id]
        assert messages[0]["thread"]["id"] == place.thread_id


async def test_a_kill_before_anything_was_sent_sends_it_later() -> None:
    async with a_scene() as scene:
        task, place = await _opened(scene)
        async with scene.workspace() as workspace:
            scene.faults.drop("POST", MESSAGES)
            with pytest.raises(DiscordUnavailable):
                await workspace.say(task, "result", REPORT)
        scene.pass_(hours=1)

        async with scene.workspace() as workspace:
            await workspace.say(task, "result", REPORT)

        assert await scene.ada.texts(place.thread_id) == [REPORT]


@pytest.mark.parametrize("later_s", [5, 3600], ids=["at once", "an hour later"])
@pytest.mark.proves("doubled.message")
async def test_an_answer_lost_on_the_way_is_no_reason_to_write_twice(later_s: float) -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        task = a_task()
        place = await workspace.open(task)
        scene.faults.fail("POST", MESSAGES, status=503, when="after")

        with pytest.raises(DiscordUnavailable):
            await workspace.say(task, "result", REPORT)
        scene.pass_(seconds=later_s)
        await workspace.say(task, "result", REPORT)

        assert await scene.ada.texts(place.thread_id) == [REPORT]


async def test_a_reset_connection_after_the_write_leaves_one_message() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        task = a_task()
        place = await workspace.open(task)
        scene.faults.reset("POST", MESSAGES, when="after")

        with pytest.raises(DiscordUnavailable):
            await workspace.say(task, "result", REPORT)
        await workspace.say(task, "result", REPORT)

        assert await scene.ada.texts(place.thread_id) == [REPORT]


async def test_a_message_that_people_deleted_before_it_was_confirmed_is_said_again() -> None:
    """Discord answers the nonce of a deleted message with 404, on purpose."""
    async with a_scene() as scene:
        task, place = await _opened(scene)
        async with scene.workspace() as workspace:
            scene.records.posts.dies_before_confirm = True
            with pytest.raises(Killed):
                await workspace.say(task, "result", REPORT)
        (message,) = await scene.ada.messages(place.thread_id)
        await scene.ada.call("DELETE", f"/channels/{place.thread_id}/messages/{message['id']}")

        async with scene.workspace() as workspace:
            await workspace.say(task, "result", REPORT)

        assert await scene.ada.texts(place.thread_id) == [REPORT]


@pytest.mark.proves("lost.same-words")
async def test_a_person_who_wrote_the_same_words_is_not_taken_for_the_bot() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        task = a_task()
        place = await workspace.open(task)
        scene.faults.drop("POST", MESSAGES)
        with pytest.raises(DiscordUnavailable):
            await workspace.say(task, "result", REPORT)
        theirs = await scene.ada.say(place.thread_id, REPORT)
        scene.pass_(hours=1)

        sent = await workspace.say(task, "result", REPORT)

        assert sent.message_id != theirs
        assert len(await scene.ada.texts(place.thread_id)) == 2


@pytest.mark.proves("doubled.message-part")
async def test_a_long_text_whose_second_part_failed_is_completed_without_repeating_the_first() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        task = a_task()
        place = await workspace.open(task)
        text = "\n\n".join(f"Paragraph {number}. " + "Words in it. " * 60 for number in range(6))
        scene.faults.fail("POST", MESSAGES, status=503, skip=1)

        with pytest.raises(DiscordUnavailable):
            await workspace.say(task, "result", text)
        await workspace.say(task, "result", text)

        parts = await scene.ada.texts(place.thread_id)
        assert len(parts) > 2
        assert "".join("".join(parts).split()) == "".join(text.split())


@pytest.mark.proves("lost.long-text")
async def test_a_very_long_text_is_a_beginning_and_a_file_with_all_of_it() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        task = a_task()
        place = await workspace.open(task)
        text = "A line with ümlauts and 漢字.\n" * 5_000

        await workspace.say(task, "result", text)

        (message,) = await scene.ada.messages(place.thread_id)
        assert message["content"].startswith("A line with")
        (attachment,) = message["attachments"]
        assert attachment["filename"] == "result.md"
        assert await scene.ada.download(attachment["url"]) == text.encode()


async def test_code_keeps_its_fence_in_every_part() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        task = a_task()
        place = await workspace.open(task)
        code = "\n".join(f"value_{number} = compute({number})" for number in range(150))

        await workspace.say(task, "result", f"```python\n{code}\n```")

        parts = await scene.ada.texts(place.thread_id)
        assert len(parts) > 1
        assert all(part.startswith("```python\n") and part.endswith("```") for part in parts)


@pytest.mark.proves("lost.delivery-files")
async def test_files_are_attached_and_those_that_cannot_be_are_named(tmp_path: Path) -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        task = a_task()
        place = await workspace.open(task)
        small, huge = tmp_path / "table one.csv", tmp_path / "huge.bin"
        small.write_bytes(b"a,b\n")
        huge.write_bytes(bytes(11_000_000))

        await workspace.say(task, "result", "See the files.", files=[small, huge, tmp_path / "gone.txt"])

        messages = await scene.ada.messages(place.thread_id)
        attachments = [attachment for message in messages for attachment in message["attachments"]]
        assert [attachment["filename"] for attachment in attachments] == ["table_one.csv"]
        words = "\n".join(message["content"] for message in messages)
        assert "huge.bin (11.0 MB) is too large" in words
        assert "gone.txt can no longer be read" in words


async def test_more_files_than_one_message_takes_are_spread_over_several(tmp_path: Path) -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        task = a_task()
        place = await workspace.open(task)
        paths = [tmp_path / f"{number}.txt" for number in range(23)]
        for path in paths:
            path.write_text(path.name)

        for _ in range(2):
            await workspace.say(task, "result", "Many files.", files=paths)

        messages = await scene.ada.messages(place.thread_id)
        assert [len(message["attachments"]) for message in messages] == [10, 10, 3]


@pytest.mark.proves("secret.result", "secret.pings")
async def test_nobody_is_pinged_and_no_secret_is_shown() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        task = a_task(title="Tell @everyone", text=f"Ask <@{scene.ada.id}>")
        place = await workspace.open(task)
        token = scene.config.token
        assert token is not None

        await workspace.say(task, "result", f"@here <@{scene.ada.id}> the token is {token.get_secret_value()}")

        (message,) = await scene.ada.messages(place.thread_id)
        assert not message["mentions"]
        assert not message["mention_everyone"]
        assert message["content"].endswith("the token is [secret removed]")
        assert token.get_secret_value() not in str(await scene.ada.card(place))


@pytest.mark.proves("secret.preview")
async def test_addresses_in_what_is_said_are_not_fetched_for_a_preview() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        task = a_task()
        place = await workspace.open(task)

        await workspace.say(task, "result", "See https://collector.example/?secret=1")

        (message,) = await scene.ada.messages(place.thread_id)
        assert message["flags"] & 4  # SUPPRESS_EMBEDS


@pytest.mark.proves("lost.delivery-files")
async def test_hundreds_of_files_that_are_gone_are_all_named(tmp_path: Path) -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        task = a_task()
        place = await workspace.open(task)

        await workspace.say(task, "result", "Files.", files=[tmp_path / f"gone-{n}.txt" for n in range(150)])

        words = "\n".join(await scene.ada.texts(place.thread_id))
        assert all(f"gone-{number}.txt" in words for number in range(150))


async def test_a_missing_permission_is_named_with_its_fix() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        task = a_task()
        await workspace.open(task)
        body = '{"message": "Missing Permissions", "code": 50013}'
        scene.faults.fail("POST", MESSAGES, status=403, body=body)

        with pytest.raises(DiscordRefused, match=r"Missing Permissions \(50013\)") as refused:
            await workspace.say(task, "result", REPORT)

        assert refused.value.fix is not None
        assert "Send Messages in Threads" in refused.value.fix


async def test_a_title_and_a_text_go_into_a_channel_by_name() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        sent = await workspace.send(ChannelPost("blog", "d-1", "The report.", title="Weekly *report*"))

        (message,) = await scene.ada.messages(sent.channel_id)
        assert message["content"] == "## Weekly *report*\nThe report."
        assert sent.url.endswith(f"/{sent.channel_id}/{sent.message_id}")
