"""Dark and light, wide and narrow."""

import struct
import zlib

import pytest

from tests.localcord.client import form

pytestmark = [pytest.mark.anyio, pytest.mark.long]
LIGHTNESS = """(() => {
  const [r, g, b] = getComputedStyle(document.querySelector('SELECTOR')).PROPERTY.match(/[\\d.]+/g).map(Number);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
})()"""


async def lightness(page, selector, what="backgroundColor"):
    return await page.evaluate(LIGHTNESS.replace("SELECTOR", selector).replace("PROPERTY", what))


async def test_the_page_is_dark_or_light_as_the_system_says(page):
    await page.scheme("dark")
    assert await lightness(page, ".channel-view") < 80
    await page.scheme("light")
    assert await lightness(page, ".channel-view") > 230


async def test_a_chosen_theme_stays_whatever_the_system_says(page):
    await page.scheme("dark")
    await page.click("[aria-label='Theme']")
    await page.click("[role=menuitem]", text="Light")
    assert await lightness(page, ".channel-view") > 230
    await page.command("Page.reload")
    await page.until("document.querySelector('.composer textarea')")
    assert await lightness(page, ".channel-view") > 230


CONTRAST = """(() => {
  const parse = (color) => { const [r, g, b, a = 1] = color.match(/[\\d.]+/g).map(Number); return { r, g, b, a }; };
  const over = (top, under) => ({ r: top.r * top.a + under.r * (1 - top.a), g: top.g * top.a + under.g * (1 - top.a),
    b: top.b * top.a + under.b * (1 - top.a), a: 1 });
  const behind = (one) => one ? over(parse(getComputedStyle(one).backgroundColor), behind(one.parentElement))
    : { r: 255, g: 255, b: 255, a: 1 };
  const light = ({ r, g, b }) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const worst = {};
  for (const one of document.querySelectorAll('.message *, .sidebar *, .channel-head *')) {
    const own = [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!own || !one.checkVisibility() || one.closest('.avatar, .spoiler, :disabled')) continue;
    const under = behind(one);
    const [a, b] = [light(over(parse(getComputedStyle(one).color), under)), light(under)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) worst[one.className || one.tagName] = ratio;
  }
  return worst;
})()"""


@pytest.mark.proves("page.contrast")
@pytest.mark.parametrize("scheme", ["dark", "light"])
async def test_text_stands_out_from_what_is_behind_it(page, general, bot, ada, scheme):
    await page.scheme(scheme)
    styles = [{"type": 2, "style": style, "label": f"style {style}", "custom_id": str(style)} for style in range(1, 5)]
    text = f"# Head\n-# small\n**bold** `code` [link](https://e.com) <@{ada.user_id}> <t:0:R>\n"
    text += "```python\ndef f(): 1 # c\n```"
    embed = {"title": "t", "description": "d", "footer": {"text": "f"}}
    message = await bot.say(general, text, embeds=[embed], components=[{"type": 1, "components": styles}])
    await bot.put(f"/channels/{general}/messages/{message['id']}/reactions/👍/@me")
    await bot.post(f"/channels/{general}/messages/{message['id']}/threads", {"name": "aside"}, expect=201)
    await page.see("aside", ".thread-card")
    await page.equals(CONTRAST, {})


async def test_on_a_phone_the_channels_are_a_drawer(browse, ada):
    await ada.post(f"/guilds/{ada.guild_id}/channels", {"name": "plans"}, expect=201)
    page = await browse("ada")
    await page.size(390, 844)
    await page.gone(".sidebar")
    await page.click("[aria-label='Channels'].icon-button")
    await page.until("document.querySelector('.sidebar').getBoundingClientRect().left === 0")
    await page.click(".channel", text="plans")
    await page.see("Welcome to #plans!")
    await page.gone(".sidebar")


def png(width: int, height: int) -> bytes:
    """A gray picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x80" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


async def test_on_a_phone_nothing_is_wider_than_the_screen(page, general, bot):
    await page.size(360, 740)
    fields = [{"name": f"field {number}", "value": "v" * 60, "inline": True} for number in range(3)]
    buttons = [{"type": 2, "style": 1, "label": "a rather long label", "custom_id": str(n)} for n in range(5)]
    long = "w" * 300 + "\n```\n" + "c" * 300 + "\n```\nhttps://e.com/" + "p" * 200
    embed = {"title": "t" * 200, "description": long, "fields": fields}
    await bot.say(general, long, embeds=[embed], components=[{"type": 1, "components": buttons}])
    box = {"type": 17, "components": [{"type": 10, "content": long}]}
    message = await bot.say(general, "", flags=1 << 15, components=[box])
    await bot.post(f"/channels/{general}/messages/{message['id']}/threads", {"name": "n" * 100}, expect=201)
    picture = ("wide.png", png(1200, 300), "image/png")
    await bot.post(f"/channels/{general}/messages", data=form({"content": "wide"}, picture))
    await page.until("document.querySelector('.picture img')?.naturalWidth === 1200")
    await page.until("document.querySelector('.container') && document.querySelector('.thread-card')")
    wide = "[...document.querySelectorAll('main *')].filter(o => o.checkVisibility() && !o.closest('pre')"
    wide += " && o.getBoundingClientRect().right > innerWidth + 1).map(o => o.className)"
    await page.equals(wide, [])
    await page.equals("document.documentElement.scrollWidth", 360)


async def test_on_a_phone_a_thread_takes_the_screen_and_leads_back(page, general, ada):
    await page.size(390, 844)
    await ada.post(f"/channels/{general}/threads", {"name": "aside", "type": 11}, expect=201)
    await page.click(".thread-card")
    await page.see("aside", ".side .channel-head")
    await page.gone("main")
    await page.click("[aria-label='Back to the channel']")
    await page.gone(".side")
    await page.see("general", "main .channel-head")
