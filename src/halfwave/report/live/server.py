"""`LiveServer`: gives a page that follows a run, to this machine alone."""

from __future__ import annotations

import json
import logging
import threading
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from typing import Self

    from halfwave.report.live.following import Following

__all__ = ["LiveServer"]

_LOOPBACK: Final = "127.0.0.1"
_NAMES: Final = ("127.0.0.1", "localhost")
_IDLE: Final = 30.0  # seconds after which a connection that says nothing is closed

_log = logging.getLogger(__name__)


class LiveServer:
    """Serves one recording on the loopback address, and takes no command.

    There are two addresses: ``/`` is the page and ``/news`` what has changed
    since. Requests that name another host are refused: a page from
    elsewhere whose name has been made to point here could read the answers.

    Parameters
    ----------
    following
        What is served.
    port
        The port; 0 takes a free one.

    Raises
    ------
    OSError
        The port is taken.
    """

    def __init__(self, following: Following, port: int = 0) -> None:
        self._server = _Server((_LOOPBACK, port), _Handler)
        self._server.following = following
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._server.server_address[1])

    @property
    def address(self) -> str:
        """What to type into a browser on this machine."""
        return f"http://{_LOOPBACK}:{self.port}/"

    def serve(self) -> None:
        """Serve until `close` is called in another thread, or Ctrl-C comes."""
        self._server.serve_forever(poll_interval=0.2)

    def start(self) -> Self:
        """Serve in a thread."""
        self._thread = threading.Thread(target=self.serve, daemon=True)
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop listening."""
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    following: Following

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - overrides
        # a reader that has gone away in the middle of an answer is nothing to speak of
        _log.debug("a request from %s failed", client_address, exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    server: _Server  # type: ignore[assignment] - the only one that uses it
    timeout = _IDLE
    protocol_version = "HTTP/1.0"  # a connection an answer: none outlives the server
    server_version = "halfwave"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer for the page or for what is new."""
        if not self._is_for_us():
            self._send(HTTPStatus.MISDIRECTED_REQUEST, b"this server is for this machine alone\n")
            return
        asked = urlsplit(self.path)
        try:
            if asked.path == "/":
                page = self.server.following.page().encode("utf-8")
                self._send(HTTPStatus.OK, page, "text/html; charset=utf-8")
            elif asked.path == "/news":
                since = parse_qs(asked.query).get("since", [""])[0]
                news = json.dumps(self.server.following.news(since), allow_nan=False)
                self._send(HTTPStatus.OK, news.encode("utf-8"), "application/json")
            else:
                self._send(HTTPStatus.NOT_FOUND, b"there is only the page, at /\n")
        except (BrokenPipeError, ConnectionError, TimeoutError):
            raise
        except Exception as error:  # noqa: BLE001 - the next question may be answered
            _log.debug("no answer for %s", self.path, exc_info=True)
            with suppress(OSError):
                line = f"{type(error).__name__}: {error}\n".encode(errors="replace")
                self._send(HTTPStatus.INTERNAL_SERVER_ERROR, line)

    do_HEAD = do_GET  # noqa: N815 - the base class looks for this name

    def _is_for_us(self) -> bool:
        hosts = self.headers.get_all("Host") or []
        known = {f"{name}:{self.server.server_address[1]}" for name in _NAMES}
        return len(hosts) == 1 and hosts[0].strip().lower() in known

    def _send(
        self, status: HTTPStatus, body: bytes, kind: str = "text/plain; charset=utf-8"
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Frame-Options", "DENY"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Referrer-Policy", "no-referrer"),
        ):
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing: the terminal is the user's."""
