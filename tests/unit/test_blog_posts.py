"""Blog posts: names, paths, front matter, text and files, for each site generator."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from claw_discord_coord.config.destinations import BlogDestinationConfig
from claw_discord_coord.destinations.blog import post
from claw_discord_coord.destinations.files import attachments
from claw_discord_coord.destinations.files.slug import LIMIT_BYTES, file_name, slug
from claw_discord_coord.models import Delivery, DeliveryState
from claw_discord_coord.text import front_matter
from claw_discord_coord.text.markdown import without_title

FORMATS = ["plain", "hugo", "jekyll", "astro"]


def delivery(text: str = "Text.", **more: object) -> Delivery:
    values: dict[str, object] = {
        "id": "d1",
        "key": "t1:blog",
        "task_id": "t1",
        "destination": "blog",
        "route": "reports",
        "kind": "report",
        "title": "The Fields: a survey",
        "text": text,
        "state": DeliveryState.PLANNED,
        "created_at": datetime(2026, 11, 21, 23, 30, tzinfo=UTC),
    }
    return Delivery.model_validate({**values, **more})


def layout(format_: str, name: str = "the-fields-a-survey", **more: object) -> post.Layout:
    settings = BlogDestinationConfig.model_validate({"kind": "blog", "folder": "site", "format": format_, **more})
    return post.Layout(settings, name, "2026-11-21")


def compose(
    format_: str, text: str = "Text.", about: dict[str, object] | None = None, **more: object
) -> tuple[dict[str, object], str]:
    whole = post.compose(delivery(text, about=about or {}), layout(format_, **more), text)
    head, _, body = whole.removeprefix("---\n").partition("\n---\n\n")
    return yaml.safe_load(head), body.removesuffix("\n")


@pytest.mark.parametrize(
    ("format_", "more", "path"),
    [
        ("plain", {}, "the-fields-a-survey.md"),
        ("hugo", {}, "content/posts/the-fields-a-survey/index.md"),
        ("jekyll", {}, "_posts/2026-11-21-the-fields-a-survey.md"),
        ("jekyll", {"draft": True}, "_drafts/the-fields-a-survey.md"),
        ("astro", {}, "src/content/blog/the-fields-a-survey.md"),
        ("hugo", {"posts": "content/en/log"}, "content/en/log/the-fields-a-survey/index.md"),
    ],
)
def test_a_post_lies_where_its_generator_looks(format_: str, more: dict[str, object], path: str):
    assert layout(format_, **more).post == path


@pytest.mark.parametrize(
    ("format_", "file", "path", "address"),
    [
        ("plain", "chart.png", "the-fields-a-survey/chart.png", "./the-fields-a-survey/chart.png"),
        ("hugo", "chart.png", "content/posts/the-fields-a-survey/chart.png", "chart.png"),
        ("hugo", "index.md", "content/posts/the-fields-a-survey/index.md.txt", "index.md.txt"),
        (
            "jekyll",
            "chart.png",
            "assets/2026-11-21-the-fields-a-survey/chart.png",
            "/assets/2026-11-21-the-fields-a-survey/chart.png",
        ),
        ("astro", "chart.png", "src/content/blog/the-fields-a-survey/chart.png", "./the-fields-a-survey/chart.png"),
        (
            "astro",
            "data.csv",
            "public/attachments/the-fields-a-survey/data.csv",
            "/attachments/the-fields-a-survey/data.csv",
        ),
    ],
)
def test_files_lie_where_the_generator_serves_them(format_: str, file: str, path: str, address: str):
    attachment = attachments.Attachment(Path(f"/kept/{file}"), file)

    assert layout(format_).path(attachment) == path
    assert layout(format_).address(attachment) == address


def test_front_matter_has_the_form_that_each_generator_documents():
    plain, _ = compose("plain", tags=["log"], author="Ada")
    hugo, _ = compose("hugo", author="Ada")
    jekyll, _ = compose("jekyll")
    astro, _ = compose("astro", "# The Fields: a survey\n\nWe *surveyed* [them](https://x.example) all.")

    assert plain == {
        "title": "The Fields: a survey",
        "date": datetime(2026, 11, 21, 23, 30, tzinfo=UTC),
        "slug": "the-fields-a-survey",
        "draft": False,
        "tags": ["log"],
        "author": "Ada",
        "delivery": "t1:blog",
        "kind": "report",
        "task": "t1",
    }
    assert hugo["params"] == {"author": "Ada", "delivery": "t1:blog", "kind": "report", "task": "t1"}
    assert hugo["draft"] is False
    assert jekyll["layout"] == "post"
    assert jekyll["date"] == "2026-11-21 23:30:00 +0000"
    assert astro["description"] == "We surveyed them all."
    assert str(astro["pubDate"]) == "2026-11-21"


def test_the_writer_chooses_tags_and_description_but_not_address_or_layout():
    about: dict[str, object] = {
        "tags": ["a"],
        "description": "D",
        "permalink": "/admin/",
        "layout": "x",
        "url": "/",
        "draft": False,
    }

    for format_ in FORMATS:
        values, _ = compose(format_, about=about, tags=["log"], draft=True)
        assert values["tags"] == ["log", "a"]
        assert values["description"] == "D"
        assert not {"permalink", "url"} & set(values)
        assert values.get("layout", "post") == "post"
        assert values.get("draft", True) is True


@pytest.mark.parametrize("format_", FORMATS)
@given(key=st.text(min_size=1), title=st.text(min_size=1, max_size=50), extra=st.text())
def test_every_post_names_its_delivery_with_any_title_and_metadata(format_: str, key: str, title: str, extra: str):
    one = delivery(key=key, title=title, about={"note": f"{extra}\ndelivery: forged", "delivery": "forged"})

    whole = post.compose(one, layout(format_), "---\ndelivery: forged\n---\n")

    assert post.key_of(whole) == key


def test_a_heading_that_repeats_the_title_is_left_to_the_generator():
    text = "# The Fields: a survey\n\nText."

    assert compose("hugo", text)[1] == "Text."
    assert compose("plain", text)[1] == text
    assert compose("hugo", "# Another\n\nText.")[1] == "# Another\n\nText."


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("# A  title\n\nText.", "Text."),
        ("\n## A title ##\r\nText.", "Text."),
        ("# A title", ""),
        ("# A title, and more\nText.", "# A title, and more\nText."),
        ("#A title\nText.", "#A title\nText."),
        ("####### A title", "####### A title"),
        ("    # A title", "    # A title"),
        ("A title\nText.", "A title\nText."),
        ("# " + " " * 100_000 + "x", "# " + " " * 100_000 + "x"),
        ("", ""),
    ],
)
def test_only_a_heading_that_repeats_the_whole_title_is_left_out(text: str, shown: str):
    assert without_title("A title", text) == shown


@pytest.mark.proves("obeyed.markup")
def test_hugo_shows_shortcodes_instead_of_running_them():
    _, body = compose("hugo", 'See {{< readfile "/etc/passwd" >}} and {{% x %}} and {{< open')

    assert body == 'See {{</* readfile "/etc/passwd" */>}} and {{%/* x */%}} and {\u200b{< open'


@pytest.mark.proves("obeyed.markup")
def test_jekyll_shows_liquid_instead_of_running_it():
    _, body = compose("jekyll", "{{ site.github }} {% endraw %}{% include x %}")

    assert body == '{% raw %}\n{{ site.github }} {% endraw %}{{ "{%" }}{% raw %} endraw %}{% include x %}\n{% endraw %}'
    assert compose("jekyll", "no liquid")[1] == "no liquid"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Hello, World!", "hello-world"),
        ("../../etc/passwd", "etc-passwd"),
        ("..\\..\\boot.ini", "boot-ini"),
        ("Über größere Äpfel", "uber-grossere-apfel"),
        ("日本語のタイトル", "日本語のタイトル"),
        ("हिन्दी", "हिन्दी"),
        ("CON", "post-con"),
        ("!!!", "post"),
        ("a\x00b\nc; rm -rf $HOME", "a-b-c-rm-rf-home"),
        ("\u202egnp.exe", "gnp-exe"),
    ],
)
def test_slugs_are_safe_and_readable(title: str, name: str):
    assert slug(title) == name


@given(st.text())
def test_no_title_makes_a_dangerous_name(title: str):
    for name in (slug(title), file_name(title)):
        assert name
        assert len(name.encode()) <= LIMIT_BYTES + 15
        assert not set(name) & set("/\\:*?\"<>|\0 \n\t;&$`'(){}[]#%")
        assert not name.startswith(("-", "."))
        assert name == name.strip()


def test_attachments_get_safe_names_of_their_own():
    named = attachments.named(["/a/Chart One.PNG", "/b/chart one.png", "/c/.bashrc", "/d/..", "/e/noending"])

    assert [one.name for one in named] == ["chart-one.png", "chart-one-2.png", "bashrc", "file", "noending"]


KEPT = attachments.named(["/kept/r1/out/chart.png", "/kept/r1/data set.csv"])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("![c](chart.png)", "![c](NEW/chart.png)"),
        ("![c](./out/chart.png 'Title')", "![c](NEW/chart.png 'Title')"),
        ("![c](/kept/r1/out/chart.png)", "![c](NEW/chart.png)"),
        ("[d](<data set.csv>) [d](data%20set.csv)", "[d](NEW/data-set.csv) [d](NEW/data-set.csv)"),
        ('<img src="chart.png" alt=x>', '<img src="NEW/chart.png" alt=x>'),
        ("[ref]: out/chart.png", "[ref]: NEW/chart.png"),
        ("`![c](chart.png)`", "`![c](chart.png)`"),
        ("```\n![c](chart.png)\n```\n![c](chart.png)", "```\n![c](chart.png)\n```\n![c](NEW/chart.png)"),
        ("~~~\n![c](chart.png)", "~~~\n![c](chart.png)"),
        ("![c](https://x.example/chart.png) [o](other.png)", "![c](https://x.example/chart.png) [o](other.png)"),
        ("a `` b ` ![c](chart.png)", "a `` b ` ![c](NEW/chart.png)"),
    ],
)
def test_references_to_attachments_are_rewritten_except_in_code(before: str, after: str):
    text, _ = attachments.rewrite(before, KEPT, lambda one: f"NEW/{one.name}")

    assert text == after


def test_a_reference_means_the_attachment_with_the_longest_common_path():
    both = attachments.named(["/kept/a/chart.png", "/kept/b/chart.png"])

    text, found = attachments.rewrite("![](b/chart.png)", both, lambda one: one.name)

    assert text == "![](chart-2.png)"
    assert found == {both[1]}


@given(st.text(st.sampled_from("`~\n a[](!)<>x")))
def test_text_without_references_to_attachments_is_not_changed(text: str):
    assert attachments.rewrite(text, KEPT, lambda one: one.name)[0] == text


@given(
    st.dictionaries(st.text(min_size=1), st.text() | st.integers() | st.booleans() | st.lists(st.text()), min_size=1),
    st.text(),
)
def test_written_front_matter_can_be_read(values: dict[str, front_matter.Value], text: str):
    read, body = front_matter.split(front_matter.join(values, text))

    if len(front_matter.dump(values)) < front_matter.LIMIT_CHARS:
        assert read == values
        assert body == text.lstrip("\r\n")
