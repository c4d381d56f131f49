"""Other web sites get nothing: neither by a name that points here, nor through the browser of someone who is here."""

import aiohttp
import pytest
from localcord_client import Http, form

pytestmark = pytest.mark.anyio


async def ask(local, path, **headers):
    async with aiohttp.ClientSession() as session:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        async with session.get(local.page.rstrip("/") + path, headers=names) as response:
            return response.status, response.headers, await response.text()


@pytest.mark.proves("page.people")
async def test_the_page_learns_who_there_is(local):
    status, headers, text = await ask(local, "/localcord/people")
    assert status == 200
    assert local.ready.person("ada").token in text
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.proves("page.host")
@pytest.mark.parametrize("path", ["/localcord/people", "/localcord/admin/", "/"])
async def test_another_host_name_is_refused(local, path):
    port = local.page.rsplit(":", 1)[1].rstrip("/")
    for host in ("evil.example", f"evil.example:{port}", f"127.0.0.1.evil.example:{port}"):
        assert (await ask(local, path, Host=host))[0] == 403
    for host in (f"localhost:{port}", f"[::1]:{port}"):
        assert (await ask(local, path, Host=host))[0] != 403


@pytest.mark.proves("page.cross-site")
@pytest.mark.parametrize("path", ["/localcord/people", "/localcord/admin/", "/api/v10/gateway", "/gateway"])
async def test_a_request_another_site_caused_is_refused(local, path):
    assert (await ask(local, path, Origin="https://evil.example"))[0] == 403
    assert (await ask(local, path, Sec_Fetch_Site="cross-site"))[0] == 403
    assert (await ask(local, path, Origin="null"))[0] == 403


@pytest.mark.proves("page.cross-site")
async def test_the_pages_own_requests_are_served(local, ada):
    own = local.page.rstrip("/")
    assert (await ask(local, "/localcord/people", Origin=own, Sec_Fetch_Site="same-origin"))[0] == 200
    assert (await ada.ask("GET", "/users/@me", headers={"Origin": own})).status == 200


@pytest.mark.proves("page.policy")
async def test_the_page_may_load_nothing_from_elsewhere(local):
    status, headers, _ = await ask(local, "/")
    assert status == 200
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for path in ("/../server.py", "/%2e%2e/server.py", "/../../localcord/server.py"):
        assert (await ask(local, path))[0] == 404


@pytest.mark.proves("attachments.inert")
async def test_an_uploaded_page_does_not_run(local, bot, channel):
    data = form({}, ("x.html", b"<script>1</script>", "text/html"))
    message = (await bot.ask("POST", f"/channels/{channel['id']}/messages", data=data)).body
    async with bot._session.get(message["attachments"][0]["url"]) as response:
        assert response.headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in response.headers["Content-Security-Policy"]


@pytest.mark.proves("page.pictures")
async def test_users_have_pictures(local):
    status, headers, text = await ask(local, f"/avatars/{local.ready.person('ada').user_id}/x.png")
    assert (status, headers["Content-Type"]) == (200, "image/svg+xml; charset=utf-8")
    assert ">A<" in text
    assert (await ask(local, "/embed/avatars/3.png"))[0] == 200


@pytest.mark.proves("http.any-host")
async def test_the_api_may_be_reached_by_any_name_since_it_asks_for_a_token(local):
    async with Http(local, local.ready.bots[0].token, bot=True) as bot:
        assert (await bot.ask("GET", "/users/@me", headers={"Host": "discord.com"})).status == 200
