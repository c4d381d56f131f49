"""Posts by the rules of site generators: paths, front matter, and text with commands for the generator disabled.

Sources: Hugo, gohugo.io/content-management/ front-matter, page-bundles and shortcodes; Jekyll, jekyllrb.com/docs/ posts
and front-matter; Astro, docs.astro.build/en/guides/ content-collections and images, and its blog template's schema.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import cast

import yaml

from claw_discord_coord.config.destinations import BlogDestinationConfig
from claw_discord_coord.destinations.files.attachments import Attachment
from claw_discord_coord.models import Delivery
from claw_discord_coord.text import front_matter
from claw_discord_coord.text.markdown import without_title
from claw_discord_coord.text.sanitize import outgoing, outgoing_metadata

_POSTS = {"plain": "", "hugo": "content/posts", "jekyll": "_posts", "astro": "src/content/blog"}
_ASSETS = {"plain": "", "hugo": "", "jekyll": "assets", "astro": "public/attachments"}
_ASSETS_URL = {"plain": "", "hugo": "", "jekyll": "/assets", "astro": "/attachments"}

# Any other key (an address, a layout) is not the writer's choice: `url: /` would replace the site's front page. The
# rest is written below a key that generators ignore.
_METADATA = ("tags", "categories", "category", "description", "summary", "keywords", "series", "author", "lang")
"""Metadata of an output that becomes front matter of the post."""

# gohugo.io/content-management/formats
_HUGO_PAGES = frozenset({"md", "markdown", "html", "htm", "adoc", "org", "rst", "pandoc"})
"""Endings of files that Hugo renders as pages."""

_SUMMARY_CHARS = 160


@dataclass(frozen=True)
class Layout:
    """The paths of a post and the attachments by the rules of the generator, relative to the site's folder."""

    settings: BlogDestinationConfig
    name: str
    date: str

    @property
    def post(self) -> str:
        """The path of the post."""
        posts = PurePosixPath(self.settings.posts if self.settings.posts is not None else _POSTS[self.settings.format])
        match self.settings.format:
            case "hugo":
                return (posts / self.name / "index.md").as_posix()
            case "jekyll" if self.settings.draft:
                return (posts.parent / "_drafts" / f"{self.name}.md").as_posix()
            case "jekyll":
                return (posts / f"{self.date}-{self.name}.md").as_posix()
            case "plain" | "astro":
                return (posts / f"{self.name}.md").as_posix()

    def path(self, attachment: Attachment) -> str:
        """Return the path of an attachment."""
        if self._served(attachment):
            assets = self.settings.assets if self.settings.assets is not None else _ASSETS[self.settings.format]
            return (PurePosixPath(assets) / self._asset_folder / attachment.name).as_posix()
        beside = PurePosixPath(self.post).parent
        if self.settings.format == "hugo":
            return (beside / self._hugo_name(attachment)).as_posix()
        return (beside / self.name / attachment.name).as_posix()

    def address(self, attachment: Attachment) -> str:
        """Return the address of an attachment in the post's text."""
        if self._served(attachment):
            url = self.settings.assets_url or _ASSETS_URL[self.settings.format]
            return f"{url.rstrip('/')}/{self._asset_folder}/{attachment.name}"
        return self._hugo_name(attachment) if self.settings.format == "hugo" else f"./{self.name}/{attachment.name}"

    @property
    def _asset_folder(self) -> str:
        return f"{self.date}-{self.name}" if self.settings.format == "jekyll" else self.name

    def _served(self, attachment: Attachment) -> bool:
        """Return whether the attachment goes to the site's folder of static files instead of beside the post."""
        return self.settings.format == "jekyll" or (self.settings.format == "astro" and not attachment.is_image)

    @staticmethod
    def _hugo_name(attachment: Attachment) -> str:
        return f"{attachment.name}.txt" if attachment.name.rpartition(".")[2] in _HUGO_PAGES else attachment.name


def local_time(delivery: Delivery) -> datetime:
    """Return when the delivery was made, in this machine's time zone."""
    return delivery.created_at.astimezone()


def compose(delivery: Delivery, layout: Layout, text: str) -> str:
    """Return the whole file of a post: front matter with the delivery's key, and `text`."""
    settings = layout.settings
    text, title, about = outgoing(text), outgoing(delivery.title), outgoing_metadata(delivery.about)
    delivery = delivery.model_copy(update={"title": title, "about": about})
    head = front_matter.dump(_front_matter(delivery, layout, text))
    # Generators show the title above the text; a plain file is read as it is.
    shown = text if settings.format == "plain" else without_title(delivery.title, text)
    body = _sanitized(settings.format, shown).strip("\r\n")
    return f"---\n{head}---\n\n{body}\n"


def _front_matter(delivery: Delivery, layout: Layout, text: str) -> dict[str, object]:
    """Return the front matter of a post in the form of the generator."""
    settings = layout.settings
    values: dict[str, object] = {"title": delivery.title}
    own, known = _own_keys(delivery), _known_keys(delivery, settings)
    # Readers and generators compare the date with the day at their place, as a post that a person writes has it.
    date = local_time(delivery)
    match settings.format:
        case "plain":
            values |= {"date": date, "slug": layout.name, "draft": settings.draft}
        case "hugo":
            values |= {"date": date, "slug": layout.name, "draft": settings.draft}
            # Hugo keeps custom keys below `params` only (gohugo.io/content-management/front-matter, "Parameters").
            own = {"params": ({"author": known.pop("author")} if "author" in known else {}) | own}
        case "jekyll":
            values |= {"layout": "post", "date": date.strftime("%Y-%m-%d %H:%M:%S %z")}
        case "astro":
            # The schema of Astro's blog template requires a description.
            values |= {"description": known.pop("description", None) or _summary(text) or delivery.title}
            values |= {"pubDate": date.date(), "draft": settings.draft}
    tags = [*settings.tags, *_words(delivery.about.get("tags"))]
    return values | ({"tags": list(dict.fromkeys(tags))} if tags else {}) | known | own


def _own_keys(delivery: Delivery) -> dict[str, object]:
    """Return the keys of the coordinator, with the rest of the delivery's metadata."""
    rest = {key: value for key, value in delivery.about.items() if key not in _METADATA}
    own: dict[str, object] = {"delivery": delivery.key}
    for key, value in (("kind", delivery.kind), ("task", delivery.task_id), ("extra", rest)):
        if value:
            own[key] = value
    return own


def _known_keys(delivery: Delivery, settings: BlogDestinationConfig) -> dict[str, object]:
    """Return the metadata that becomes front matter as it is."""
    about = delivery.about
    known: dict[str, object] = {key: about[key] for key in _METADATA if key in about and key != "tags"}
    return known if settings.author is None else known | {"author": settings.author}


def name_of(path: str, settings: BlogDestinationConfig) -> str:
    """Return the name of the post at a path."""
    if settings.format == "hugo":
        return PurePosixPath(path).parent.name
    return re.sub(r"\A\d{4}-\d\d-\d\d-", "", PurePosixPath(path).stem)


def key_of(head: str) -> str | None:
    """Return the delivery's key in the beginning of a post's file, or None if there is none."""
    if not head.startswith("---\n") or (end := head.find("\n---\n", 3)) < 0:
        return None
    try:
        values: object = yaml.safe_load(head[4:end])
    except (yaml.YAMLError, ValueError):
        return None
    if not isinstance(values, dict):
        return None
    top = cast("dict[object, object]", values)
    below = top.get("params")
    inner = cast("dict[object, object]", below) if isinstance(below, dict) else {}
    key = top.get("delivery", inner.get("delivery"))
    return key if isinstance(key, str) else None


def _sanitized(format_: str, text: str) -> str:
    """Return the text with Hugo's shortcodes or Jekyll's Liquid disabled."""
    # Agents write the text. A shortcode such as `readfile` would publish any file of the machine that builds the site.
    if format_ == "hugo":
        called = re.sub(r"\{\{([<%])((?:(?!\{\{[<%]).)*?)([>%])\}\}", _commented, text, flags=re.DOTALL)
        # Shortcodes that never end cannot be commented out, and Hugo refuses to build the site: an invisible space
        # takes the braces apart.
        return re.sub(r"\{\{(?=[<%](?!/\*))", "{\u200b{", called)
    if format_ == "jekyll" and ("{{" in text or "{%" in text):
        # Only a written `endraw` can leave the raw block, so that tag is printed by Liquid itself.
        inner = re.sub(r"\{%(?=-?\s*endraw\s*-?%\})", '{% endraw %}{{ "{%" }}{% raw %}', text)
        return f"{{% raw %}}\n{inner}\n{{% endraw %}}"
    return text


def _commented(match: re.Match[str]) -> str:
    """Return the shortcode in Hugo's form for plain text."""
    # gohugo.io/content-management/shortcodes, "Escaping"
    pair = {"<": ">", "%": "%"}
    if match[3] != pair[match[1]]:
        return match[0]
    return f"{{{{{match[1]}/*{match[2]}*/{match[3]}}}}}"


def _summary(text: str) -> str:
    """Return the first line of prose, shortened, or an empty string."""
    for line in text.splitlines():
        plain = " ".join(re.sub(r"[*_`#>\[\]]|\(https?://[^)]*\)", "", line).split())
        if plain and not line.lstrip().startswith(("#", "|", "!", "```", "---")):
            return plain if len(plain) <= _SUMMARY_CHARS else plain[:_SUMMARY_CHARS].rpartition(" ")[0] + " …"
    return ""


def _words(value: object) -> list[str]:
    if isinstance(value, list):
        return [str(item) for item in cast("list[object]", value)]
    return [word.strip() for word in str(value or "").split(",") if word.strip()]
