"""Markdown becomes the elements Discord shows; what is no Markdown stays as it was typed."""

import json

import pytest

pytestmark = [pytest.mark.anyio, pytest.mark.long]

RENDERED = [
    ("**bold** *it* _it_ __under__ ~~no~~", "<strong>bold</strong> <em>it</em> <em>it</em> <u>under</u> <s>no</s>"),
    ("***both***", "<strong><em>both</em></strong>"),
    ("snake_case_name and 2*3*4 is not", "snake_case_name and 2<em>3</em>4 is not"),
    (r"\*plain\*", "*plain*"),
    ("`code **x**`", "<code>code **x**</code>"),
    ("``a`b``", "<code>a`b</code>"),
    ("# One\n## Two\n### Three\n#no", "<h3>One</h3><h4>Two</h4><h5>Three</h5>#no"),
    ("-# small", "<small>small</small>"),
    ("> a\n> b\nc", "<blockquote>a\nb</blockquote>c"),
    (">>> a\nb", "<blockquote>a\nb</blockquote>"),
    ("- a\n  - b\n- c", "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>"),
    ("3. a\n4. b", '<ol start="3"><li>a</li><li>b</li></ol>'),
    ("- a\n1. b", '<ul><li>a</li></ul><ol start="1"><li>b</li></ol>'),
    ("[site](https://e.com/a_(b))", '<a href="https://e.com/a_(b)">site</a>'),
    ("see https://e.com/x).", 'see <a href="https://e.com/x">https://e.com/x</a>).'),
    ("<https://e.com>", '<a href="https://e.com/">https://e.com</a>'),
    ("[click](javascript:alert(1))", "[click](javascript:alert(1))"),
    ("<@1> <#1> <@&1> @everyone", "@unknown-user #unknown @unknown-role @everyone"),
    ("</spawn agent:12>", "<button>/spawn agent</button>"),
    ("<b>&amp;</b>", "&lt;b&gt;&amp;amp;&lt;/b&gt;"),
    ("a\n\nb", "a\n\nb"),
    ("||secret||", "secret"),
    ("1️⃣ ✅ 👨‍👩‍👧 ©", "1️⃣ ✅ 👨‍👩‍👧 ©"),
]

DRAW = """import('/views/rich_text.js').then(({ richText }) => {
  const store = { user: () => null, roles: new Map(), channels: new Map() };
  const box = document.createElement('div');
  box.append(...richText({ store }, SOURCE));
  for (const one of box.querySelectorAll('*')) {
    const keep = ['href', 'start'];
    for (const name of one.getAttributeNames()) if (!keep.includes(name)) one.removeAttribute(name);
  }
  return box.innerHTML.replaceAll(/<\\/?span>/g, '');
})"""


async def test_markdown_is_drawn_as_discord_does(page):
    for source, wanted in RENDERED:
        drawn = await page.evaluate(DRAW.replace("SOURCE", json.dumps(source)))
        assert drawn == wanted, source


async def test_a_fenced_block_keeps_its_text_and_colors_its_words(page, general, bot):
    await bot.say(general, "```python\ndef f():  # **no**\n    return 1\n```after")
    await page.see("after")
    await page.reads(".code-block code", "def f():  # **no**\n    return 1")
    await page.reads(".hl-keyword", "def")
    await page.reads(".hl-comment", "# **no**")


async def test_a_spoiler_shows_itself_only_when_it_is_opened(page, general, bot):
    await bot.say(general, "it was ||the gardener||")
    await page.until("document.querySelector('.spoiler')")
    assert "gardener" not in await page.text(".content")
    await page.focus(".spoiler")
    await page.press("Enter")
    await page.see("the gardener")


async def test_mentions_are_shown_by_name_and_lead_somewhere(page, general, bot, ada, grace):
    channel = await ada.post(f"/guilds/{ada.guild_id}/channels", {"name": "research"}, expect=201)
    await bot.say(general, f"ask <@{grace.user_id}> in <#{channel['id']}>, <t:0:D>, 👍")
    await page.see("@Grace")
    await page.click("button.mention", text="research")
    await page.see("Welcome to #research!")


async def test_only_emoji_are_shown_large(page, general, bot):
    await bot.say(general, "👍 🎉")
    await bot.say(general, "👍 well done")
    await page.see("well done")
    sizes = await page.evaluate(
        "[...document.querySelectorAll('.content .emoji')].map(e => parseFloat(getComputedStyle(e).fontSize))"
    )
    assert sizes[0] == sizes[1] == 48
    assert sizes[2] < 24


async def test_a_link_does_not_pretend_to_lead_elsewhere(page):
    script = DRAW.replace("SOURCE", json.dumps("[https://good.com](https://bad.com)"))
    drawn = await page.evaluate(script)
    assert ">https://good.com</a>" not in drawn


HOSTILE = ["*" * 4000, "**a" * 1300, "||a" * 1300, "*_" * 2000, "> " * 2000, "[" * 4000, "`" * 4000, "- " * 2000]
HOSTILE += ["[a](" * 1000, " - a\n" * 800, "<" * 4000, "```" * 1333, "\n".join(" " * n + "- a" for n in range(85))]


async def test_no_text_keeps_the_page_busy(page):
    script = """import('/text/markdown.js').then(({ parse }) => {
      const start = performance.now();
      for (const text of TEXTS) parse(text);
      return performance.now() - start;
    })"""
    assert await page.evaluate(script.replace("TEXTS", json.dumps(HOSTILE))) < 2000
