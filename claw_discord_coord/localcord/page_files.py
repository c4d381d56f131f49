"""The page for people: static files with a strict policy on what they may load."""

from pathlib import Path

from aiohttp import web

FOLDER = Path(__file__).parent / "page"

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
}

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""Content-Security-Policy of the page: nothing but this server."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


def page_file(path: str) -> web.Response | None:
    """The file of the page at a path, None when there is none."""
    name = "index.html" if path == "/" else path.removeprefix("/")
    file = (FOLDER / name).resolve()
    kind = _TYPES.get(file.suffix)
    if kind is None or not file.is_relative_to(FOLDER) or not file.is_file():
        return None
    return web.Response(body=file.read_bytes(), headers=HEADERS | {"Content-Type": kind})
