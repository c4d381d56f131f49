"""A folder of Markdown posts with front matter, for people or for a site generator."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from claw_discord_coord.config.destinations import BlogDestinationConfig
from claw_discord_coord.destinations.blocking import in_thread
from claw_discord_coord.destinations.blog import post
from claw_discord_coord.destinations.blog.git import Repository
from claw_discord_coord.destinations.context import DestinationContext
from claw_discord_coord.destinations.files.attachments import Attachment, named, rewrite
from claw_discord_coord.destinations.files.folder import Folder
from claw_discord_coord.destinations.files.slug import slug, tail
from claw_discord_coord.destinations.guarantee import Guarantee
from claw_discord_coord.destinations.receipt import receipt
from claw_discord_coord.errors import DeliveryFailed
from claw_discord_coord.models import Delivery, Receipt
from claw_discord_coord.text.mentions import for_commit

# Front matter is far shorter, and a post may have megabytes.
HEAD_BYTES = 65_536
"""How much of a post is read to find the key of its delivery."""

_MOST_NAMES = 100


class Blog:
    """Writes each delivery as a post. The post's front matter names the delivery, so a repeat finds the post.

    Attachments are written before the post, and each file appears whole or not at all.
    """

    guarantee: ClassVar[Guarantee] = Guarantee.ONCE_BY_LOOKING
    Settings: ClassVar[type[BlogDestinationConfig]] = BlogDestinationConfig

    def __init__(self, name: str, settings: BlogDestinationConfig, context: DestinationContext) -> None:
        """Write to the folder of `settings`, created with the first post."""
        self._settings = settings
        self._context = context
        self._folder = Folder(context.work_folder / Path(settings.folder).expanduser())
        # One delivery at a time: two posts of the same title would choose the same name, and git has one index.
        self._turn = asyncio.Lock()

    async def deliver(self, delivery: Delivery) -> Receipt:
        """Write the post with the attachments, then commit and push as skill.yaml says."""
        async with self._turn:
            path = await in_thread(self._find_post, delivery)
            if path is None:
                path = await in_thread(self._write, delivery)
            commit = await self._publish(path, delivery)
        return self._receipt(delivery, path, commit)

    async def find(self, delivery: Delivery) -> Receipt | None:
        """Look for the post; an uncommitted or unpushed post has not arrived."""
        path = await in_thread(self._find_post, delivery)
        if path is None:
            return None
        git, files = self._repository(), self._all_files(delivery, path)
        if git is None:
            return self._receipt(delivery, path, None)
        if not await git.published(files):
            return None
        return self._receipt(delivery, path, await git.commit_of(files))

    def leaves_machine(self) -> bool:
        """Return whether posts are pushed to a remote."""
        return self._settings.git is not None and self._settings.git.push

    def _find_post(self, delivery: Delivery) -> str | None:
        layout = self._layout(delivery, "")
        # A blog may have thousands of posts, and parsing the front matter of each takes long. So only posts with these
        # bytes are parsed: the longest part of the key that YAML writes without escapes.
        needle = max(re.findall(r"[\w./-]+", delivery.key, re.ASCII), key=len, default="").encode()
        start = Path(layout.post).parent if self._settings.format != "hugo" else Path(layout.post).parent.parent
        # A post may have moved since: Jekyll's users publish a draft by moving the file from _drafts to _posts.
        folders = {start.as_posix(), *({"_posts", "_drafts"} if self._settings.format == "jekyll" else ())}
        for folder in folders:
            for path in self._folder.files("" if folder == "." else folder, ".md"):
                head = self._folder.read_start(path, HEAD_BYTES)
                if needle in head and post.key_of(head.decode(errors="replace")) == delivery.key:
                    return path
        return None

    def _write(self, delivery: Delivery) -> str:
        """Write the post under the first free name: the title, or the title with a mark of the delivery."""
        attachments = named(delivery.artifacts)
        base, mark = slug(delivery.title), tail(delivery.key)
        for name in (base, f"{base}-{mark}", *(f"{base}-{mark}-{number}" for number in range(2, _MOST_NAMES))):
            layout = self._layout(delivery, name)
            if not self._folder.taken(layout.post) and self._write_files(layout, attachments):
                if self._folder.write_new(layout.post, self._compose(delivery, layout, attachments).encode()):
                    return layout.post
                # Another program has taken the name meanwhile.
                for attachment in attachments:
                    self._folder.remove(layout.path(attachment))
        raise DeliveryFailed(
            f"Every name for the post {delivery.title!r} is taken in {self._folder.root}.",
            fix="Remove posts of that title, or choose another title.",
        )

    def _write_files(self, layout: post.Layout, attachments: Sequence[Attachment]) -> bool:
        """Write the attachments. Return False, with none left behind, if another file has such a name."""
        written: list[str] = []
        for attachment in attachments:
            path = layout.path(attachment)
            if self._folder.write_new(path, attachment.source):
                written.append(path)
            elif not self._folder.holds(path, attachment.source):
                for earlier in written:
                    self._folder.remove(earlier)
                return False
        return True

    def _compose(self, delivery: Delivery, layout: post.Layout, attachments: Sequence[Attachment]) -> str:
        text, referred = rewrite(delivery.text, attachments, layout.address)
        rest = [attachment for attachment in attachments if attachment not in referred]
        if rest:
            links = "\n".join(f"- [{attachment.name}]({layout.address(attachment)})" for attachment in rest)
            text = f"{text.rstrip()}\n\n## Attachments\n\n{links}\n"
        return post.compose(delivery, layout, text)

    def _layout(self, delivery: Delivery, name: str) -> post.Layout:
        return post.Layout(self._settings, name, post.local_time(delivery).date().isoformat())

    def _repository(self) -> Repository | None:
        if self._settings.git is None:
            return None
        return Repository(self._folder.root, self._settings.git, timeout_s=self._settings.timeout_s)

    async def _publish(self, path: str, delivery: Delivery) -> str | None:
        git = self._repository()
        if git is None:
            return None
        # The title comes from an agent: a newline in the title would end the subject of the commit message.
        title = "".join(character for character in delivery.title if character.isprintable())
        message = f"Add post: {for_commit(title)}\n\nDelivery: {delivery.key}"
        return await git.publish(self._all_files(delivery, path), message)

    def _all_files(self, delivery: Delivery, path: str) -> list[Path]:
        """Return the paths of the post and the attachments."""
        layout = self._layout(delivery, post.name_of(path, self._settings))
        beside = [layout.path(attachment) for attachment in named(delivery.artifacts)]
        return [self._folder.place(name) for name in (path, *beside) if self._folder.taken(name)]

    def _receipt(self, delivery: Delivery, path: str, commit: str | None) -> Receipt:
        file = self._folder.place(path)
        return receipt(
            delivery, file.read_bytes(), self._context.clock(), path=str(file), identifier=commit or delivery.key
        )
