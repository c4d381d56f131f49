"""A real Chromium driven over the DevTools protocol (https://chromedevtools.github.io/devtools-protocol/)."""

import asyncio
import base64
import contextlib
import itertools
import json
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--lang=en-US",
    "--force-color-profile=srgb",
    "--remote-debugging-port=0",
]
START_TIMEOUT_S = 30
WAIT_TIMEOUT_S = 10
VISIBLE = "(one) => one.checkVisibility({ visibilityProperty: true })"
CONTROLS = {"button", "link", "textbox", "searchbox", "combobox", "checkbox", "radio", "menuitem", "option", "tab"}
KEYS = {
    "Enter": (13, "\r"),
    "Escape": (27, ""),
    "Tab": (9, ""),
    "Backspace": (8, ""),
    "ArrowUp": (38, ""),
    "ArrowDown": (40, ""),
}
KEYS |= {"ArrowLeft": (37, ""), "ArrowRight": (39, ""), "Home": (36, ""), "End": (35, ""), " ": (32, " ")}


def chromium_path() -> str | None:
    """Where Chromium is, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@contextlib.contextmanager
def chromium() -> Iterator[str]:
    """Runs a browser with an empty profile; gives the address of its DevTools."""
    path = chromium_path()
    assert path is not None
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as profile:
        command = [path, *FLAGS, f"--user-data-dir={profile}", "about:blank"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            yield _devtools_address(process)
        finally:
            process.terminate()
            process.wait(START_TIMEOUT_S)


def _devtools_address(process: "subprocess.Popen[str]") -> str:
    found: list[str] = []
    ready = threading.Event()

    def read() -> None:
        stream = process.stderr
        assert stream is not None
        with stream:
            for line in stream:
                if hit := re.search(r"DevTools listening on (ws://\S+)", line):
                    found.append(hit[1])
                    ready.set()

    threading.Thread(target=read, daemon=True).start()
    assert ready.wait(START_TIMEOUT_S), "Chromium did not start"
    return found[0]


class BrowserError(Exception):
    """JavaScript in the page threw, or DevTools refused a command."""


class Page:
    """One tab with storage of its own."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._session: str | None = None
        self.errors: list[str] = []
        """Uncaught exceptions and console errors, content-security violations among them."""
        self.requests: list[str] = []
        """The address of every request the page made."""

    async def command(self, method: str, **params: Any) -> dict[str, Any]:
        """Sends one DevTools command and gives its result."""
        number = next(self._ids)
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._answers[number] = future
        message = {"id": number, "method": method, "params": params}
        if self._session and not method.startswith("Target."):
            message["sessionId"] = self._session
        await self._socket.send(json.dumps(message))
        answer = await asyncio.wait_for(future, WAIT_TIMEOUT_S)
        if "error" in answer:
            raise BrowserError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    async def listen(self) -> None:
        """Reads what DevTools sends until the connection closes."""
        async for raw in self._socket:
            message = json.loads(raw)
            if future := self._answers.pop(message.get("id", 0), None):
                if not future.done():
                    future.set_result(message)
                continue
            self._note(message.get("method", ""), message.get("params", {}))

    def _note(self, method: str, params: dict[str, Any]) -> None:
        if method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description") or details["text"])
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.errors.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])

    async def start(self) -> None:
        """Makes the tab."""
        # Pages of earlier tests would go on looking for their servers, and slow down the rest.
        context = (await self.command("Target.createBrowserContext", disposeOnDetach=True))["browserContextId"]
        target = await self.command("Target.createTarget", url="about:blank", browserContextId=context)
        session = await self.command("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = session["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "DOM", "Accessibility"):
            await self.command(f"{domain}.enable")
        await self.size(1280, 800)

    async def size(self, width: int, height: int, *, scale: float = 1) -> None:
        """Sets the size of the window in CSS pixels; narrow ones count as phones with touch."""
        phone = width < 600
        await self.command(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=phone
        )
        await self.command("Emulation.setTouchEmulationEnabled", enabled=phone)

    async def scheme(self, name: str) -> None:
        """Makes the system prefer "dark" or "light"."""
        await self.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    async def goto(self, url: str) -> None:
        """Opens an address; what it shows is to be waited for."""
        await self.command("Page.navigate", url=url)

    async def evaluate(self, script: str) -> Any:
        """The value of a JavaScript expression, promises awaited."""
        answer = await self.command("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if details := answer.get("exceptionDetails"):
            raise BrowserError(details.get("exception", {}).get("description") or details["text"])
        return answer["result"].get("value")

    async def equals(self, script: str, wanted: Any) -> None:
        """Waits until a JavaScript expression has a value; what it had instead is in the error."""
        try:
            await self.until(f"JSON.stringify({script}) === JSON.stringify({json.dumps(wanted)})")
        except AssertionError as error:
            raise AssertionError(f"{script} is {await self.evaluate(script)!r}, not {wanted!r}") from error

    async def until(self, condition: str, *, timeout_s: float = WAIT_TIMEOUT_S) -> Any:
        """Waits until a JavaScript expression is true, looking at it in each frame; gives its value."""
        script = f"""new Promise((resolve, reject) => {{
            const end = performance.now() + {timeout_s * 1000 - 500};
            const look = () => {{
                let value = null;
                try {{ value = ({condition}); }} catch (error) {{ /* not there yet */ }}
                if (value) resolve(value);
                else if (performance.now() > end) reject(new Error("never came true"));
                else setTimeout(look, 15);
            }};
            look();
        }})"""
        deadline = asyncio.get_running_loop().time() + timeout_s
        while True:
            try:
                return await self.evaluate(script)
            except BrowserError as error:
                lost = "context" in str(error).lower() or "navigated" in str(error)
                if not lost or asyncio.get_running_loop().time() > deadline:
                    raise AssertionError(f"{condition}: {error}; page errors: {self.errors}") from error

    async def see(self, text: str, within: str = "body") -> None:
        """Waits until text is shown within some element that matches."""
        holds = f"one => one.innerText.includes({json.dumps(text)})"
        await self.until(f"[...document.querySelectorAll({json.dumps(within)})].some({holds})")

    async def reads(self, selector: str, text: str) -> None:
        """Waits until the first element that matches shows exactly this text."""
        await self.equals(f"document.querySelector({json.dumps(selector)})?.innerText", text)

    async def gone(self, selector: str) -> None:
        """Waits until nothing visible matches a selector."""
        await self.until(f"![...document.querySelectorAll({json.dumps(selector)})].some({VISIBLE})")

    async def text(self, selector: str) -> str:
        """The shown text of the first element that matches, once there is one."""
        await self.until(f"document.querySelector({json.dumps(selector)})")
        return await self.evaluate(f"document.querySelector({json.dumps(selector)}).innerText")

    async def nameless(self) -> list[str]:
        """The controls that Chromium has no name for to tell those who don't see them."""
        nodes = (await self.command("Accessibility.getFullAXTree"))["nodes"]
        found = [node for node in nodes if not node["ignored"] and node["role"]["value"] in CONTROLS]
        assert found, "Chromium sees no control at all"
        bare = [node["backendDOMNodeId"] for node in found if not node.get("name", {}).get("value")]
        return [(await self.command("DOM.getOuterHTML", backendNodeId=node))["outerHTML"] for node in bare]

    async def click(self, selector: str, *, text: str | None = None, button: str = "left") -> None:
        """Clicks in the middle of the first visible element that matches, and holds `text`, as a mouse does."""
        x, y = await self._middle(selector, text)
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            pressed = {"button": button, "clickCount": 1} if kind != "mouseMoved" else {}
            await self.command("Input.dispatchMouseEvent", type=kind, x=x, y=y, **pressed)

    async def focus(self, selector: str) -> None:
        """Gives the focus to the first element that matches, once there is one."""
        await self.until(f"document.querySelector({json.dumps(selector)})")
        await self.evaluate(f"document.querySelector({json.dumps(selector)}).focus()")

    async def hover(self, selector: str, *, text: str | None = None) -> None:
        """Moves the mouse over an element."""
        x, y = await self._middle(selector, text)
        await self.command("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    async def _middle(self, selector: str, text: str | None) -> tuple[float, float]:
        box = await self.until(
            f"""(() => {{
            const visible = {VISIBLE};
            const fits = (one) => visible(one) && one.innerText.includes({json.dumps(text or "")});
            const found = [...document.querySelectorAll({json.dumps(selector)})].find(fits);
            if (!found) return null;
            found.scrollIntoView({{ block: "center" }});
            const box = found.getBoundingClientRect();
            const still = found === window.stillElement && window.stillAt === `${{box.x}} ${{box.y}}`;
            window.stillElement = found;
            window.stillAt = `${{box.x}} ${{box.y}}`;
            return still && box.width ? {{ x: box.x + box.width / 2, y: box.y + box.height / 2 }} : null;
        }})()"""
        )
        return box["x"], box["y"]

    async def type(self, text: str) -> None:
        """Types text into what has the focus."""
        await self.command("Input.insertText", text=text)

    async def press(self, key: str, *, modifiers: str = "") -> None:
        """Presses one key, with "Shift", "Control" or "Alt" held."""
        mask = {"": 0, "Alt": 1, "Control": 2, "Shift": 8}[modifiers]
        code, text = KEYS.get(key) or (ord(key.upper()), key)
        common = {"key": key, "code": key if len(key) > 1 else f"Key{key.upper()}", "windowsVirtualKeyCode": code}
        down = {"type": "keyDown", "text": text} if text and mask in (0, 8) else {"type": "rawKeyDown"}
        await self.command("Input.dispatchKeyEvent", modifiers=mask, **common, **down)
        await self.command("Input.dispatchKeyEvent", type="keyUp", modifiers=mask, **common)

    async def set_files(self, selector: str, *paths: Path) -> None:
        """Chooses files in a file field."""
        root = (await self.command("DOM.getDocument"))["root"]["nodeId"]
        node = (await self.command("DOM.querySelector", nodeId=root, selector=selector))["nodeId"]
        await self.command("DOM.setFileInputFiles", nodeId=node, files=[str(path) for path in paths])

    async def screenshot(self, path: Path) -> None:
        """Writes what is shown as a PNG."""
        data = (await self.command("Page.captureScreenshot", format="png"))["data"]
        path.write_bytes(base64.b64decode(data))  # noqa: ASYNC240


@contextlib.asynccontextmanager
async def open_page(devtools: str) -> AsyncIterator[Page]:
    """A tab with empty storage in the running browser."""
    async with connect(devtools, max_size=None) as socket:
        page = Page(socket)
        listener = asyncio.create_task(page.listen())
        try:
            await page.start()
            yield page
        finally:
            listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await listener
