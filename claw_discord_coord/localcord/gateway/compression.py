"""Transport compression: one stream per connection. Source: Discord documentation, events/gateway, "Transport"."""

import zlib
from types import ModuleType
from typing import Protocol

try:
    import zstandard
except ImportError:  # the library is optional; without it zstd-stream is answered in plain text
    zstandard = None


class Stream(Protocol):
    """Compresses each payload into one binary frame of an ongoing stream."""

    def frame(self, payload: bytes) -> bytes:
        """The next frame."""
        ...


class ZlibStream:
    """`zlib-stream`: each frame ends in 00 00 ff ff."""

    def __init__(self) -> None:
        self._stream = zlib.compressobj()

    def frame(self, payload: bytes) -> bytes:
        """The next frame."""
        return self._stream.compress(payload) + self._stream.flush(zlib.Z_SYNC_FLUSH)


class ZstdStream:
    """`zstd-stream`: one endless frame of zstd, flushed after each payload."""

    def __init__(self, library: "ModuleType") -> None:
        self._stream = library.ZstdCompressor().compressobj()
        self._flush = library.COMPRESSOBJ_FLUSH_BLOCK

    def frame(self, payload: bytes) -> bytes:
        """The next frame."""
        return self._stream.compress(payload) + self._stream.flush(self._flush)


def stream_for(name: str | None) -> Stream | None:
    """The compression a client asked for with `compress=`, None for plain text."""
    if name == "zlib-stream":
        return ZlibStream()
    if name == "zstd-stream" and zstandard is not None:
        return ZstdStream(zstandard)
    return None
