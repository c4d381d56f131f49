"""Nothing that people or bots write becomes markup, and the page asks nobody but its own server."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import claw_discord_coord.localcord

pytestmark = [pytest.mark.anyio, pytest.mark.long]
PAGE = Path(claw_discord_coord.localcord.__file__).parent / "page"
ATTACKS = [
    "<script>window.hacked = 1</script>",
    "<img src=x onerror='window.hacked = 1'>",
    "<svg/onload=window.hacked=1>",
    "\"><iframe srcdoc='<script>parent.hacked = 1</script>'>",
    "[x](javascript:window.hacked=1)",
    "<javascript:window.hacked=1>",
    '[x](https://e.com"onmouseover="window.hacked=1)',
    'https://e.com/"onmouseover="window.hacked=1',
    "```html\n<script>window.hacked = 1</script>\n```",
    "||<img src=x onerror=window.hacked=1>||",
    "# <img src=x onerror=window.hacked=1>",
    "> <img src=x onerror=window.hacked=1>",
    "- <img src=x onerror=window.hacked=1>",
    "**<b onclick=window.hacked=1>**",
    "<t:99999999999999999:F> <t:1:R>",
    "{{constructor.constructor('window.hacked=1')()}}",
]
EVIL = "<img src=x onerror=window.hacked=1>"


async def test_hostile_text_in_every_place_stays_text(page, general, bot, ada, local):
    for attack in ATTACKS:
        await bot.say(general, attack)
    embed = {"title": EVIL, "description": EVIL, "author": {"name": EVIL}, "footer": {"text": EVIL}}
    embed["fields"] = [{"name": EVIL, "value": EVIL}]
    embed["url"] = 'https://e.com/"><img src=x onerror=window.hacked=1>'
    options = [{"label": EVIL, "value": EVIL, "description": EVIL}]
    rows = [{"type": 1, "components": [{"type": 2, "style": 1, "label": EVIL, "custom_id": EVIL}]}]
    rows.append({"type": 1, "components": [{"type": 3, "custom_id": "s", "placeholder": EVIL, "options": options}]})
    await bot.say(general, EVIL, embeds=[embed], components=rows)
    await bot.say(general, "", flags=1 << 15, components=[{"type": 17, "components": [{"type": 10, "content": EVIL}]}])
    webhook = await bot.post(f"/channels/{general}/webhooks", {"name": "hook"})
    path = f"/webhooks/{webhook['id']}/{webhook['token']}?wait=true"
    await bot.post(path, {"content": "x", "username": EVIL})
    message = await bot.say(general, "the last")
    thread = await bot.post(f"/channels/{general}/messages/{message['id']}/threads", {"name": EVIL}, expect=201)
    await bot.say(thread, EVIL)
    await ada.patch(f"/guilds/{ada.guild_id}", {"name": EVIL})
    await ada.patch(f"/channels/{general}", {"topic": EVIL})
    local.admin.add_person(EVIL[:32])
    await page.see(EVIL, ".thread-card")
    await page.see(EVIL, ".guild-name")
    await page.see(EVIL, ".topic")
    await page.click(".select")
    await page.press("Escape")
    await page.click(".thread-card")
    await page.see(EVIL, ".side .messages")
    await page.click("[aria-label='Member List']", text="")
    strange = (
        "document.querySelectorAll('script:not([src]), iframe, object, embed, [onerror], [onload], [onclick]').length"
    )
    assert await page.evaluate(strange) == 0
    assert await page.evaluate("[...document.images].every(i => new URL(i.src).origin === location.origin)")
    links = "[...document.links].every(a => ['http:', 'https:'].includes(a.protocol))"
    assert await page.evaluate(links)
    assert await page.evaluate("window.hacked === undefined")


async def test_the_page_asks_nobody_but_its_own_server(page, general, bot, local):
    far = "https://example.com/far.png"
    embed = {"title": "t", "image": {"url": far}, "thumbnail": {"url": far}, "author": {"name": "a", "icon_url": far}}
    await bot.say(general, f"{far} <:emoji:123456789012345678>", embeds=[embed])
    media = {"type": 12, "items": [{"media": {"url": far}, "description": "a far picture"}]}
    await bot.say(general, "", flags=1 << 15, components=[media])
    await page.see("a far picture", ".elsewhere")
    hosts = {urlsplit(url).netloc for url in page.requests if not url.startswith(("data:", "blob:", "about:"))}
    assert hosts == {urlsplit(local.page).netloc}
    page.errors.clear()


async def test_links_open_elsewhere_without_telling_from_where(page, general, bot):
    await bot.say(general, "see https://example.com/x and [here](https://example.com/y)")
    await page.see("see https://example.com/x")
    kinds = await page.evaluate("[...document.querySelectorAll('.content a')].map(a => [a.target, a.rel])")
    assert kinds == [["_blank", "noopener noreferrer nofollow"]] * 2


async def test_the_policy_forbids_inline_scripts_and_styles(page):
    script = """(() => {
      const script = document.createElement("script");
      script.textContent = "window.inline = 1";
      document.body.append(script);
      const box = document.createElement("div");
      box.setAttribute("style", "position: fixed");
      document.body.append(box);
      return [window.inline === undefined, getComputedStyle(box).position];
    })()"""
    assert await page.evaluate(script) == [True, "static"]
    page.errors.clear()


FORBIDDEN = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|setHTMLUnsafe"
    r"|\beval\(|new Function|import\([^)]*\$|https?://(?!discord\.com|support\.discord\.com|www\.w3\.org/2000/svg)[a-z]"
)


def test_the_source_has_no_way_from_text_to_markup_and_names_no_other_server():
    found = [
        f"{path.relative_to(PAGE)}: {line.strip()}"
        for path in sorted(PAGE.rglob("*"))
        if path.suffix in {".js", ".html", ".css", ".svg"}
        for line in path.read_text().splitlines()
        if FORBIDDEN.search(line)
    ]
    assert found == []
