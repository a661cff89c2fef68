"""Published pages as ready bytes, answered in front of Django.

A page that shows published numbers is the same for every reader until something new is published. Its view says so with
`@published` (dugnad/shared/published.py); the first answer is kept, compressed, under the snapshot and its address, and from then on this layer gives
it out without waking Django. Nothing here is ever removed from under a reader: a new snapshot has a new key.

    request -> kept in memory? -> kept on disk? -> Django renders, and the answer is kept
"""

import gzip
import hashlib
import io
import os
import shutil
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.db import DatabaseError, connection

import dugnad
from dugnad.places import queries as places
from dugnad.shared.published import MARK
from dugnad.standards import queries as standards
from dugnad.status.queries import snapshots

MEMORY = 64 * 1024 * 1024  # bytes of bodies each worker keeps
NEVER_KEPT = {"content-length", "content-encoding", "date", "set-cookie", "etag", "vary", MARK.lower()}

StartResponse = Callable[..., Any]


def page_key() -> str:
    """What every ready page depends on: the snapshot, the definitions and the software."""
    parts = (snapshots.current().key, standards.loaded_key(), places.loaded_key(), _build())
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


class Watch:
    """The page key, asked for at most once in `snapshots.PATIENCE` by each worker.

    When the database does not answer, what is ready goes on being given out under the last key that was seen.
    """

    def __init__(self) -> None:
        self._key = ""
        self._until = 0.0

    def key(self) -> str:
        now = time.monotonic()
        if now >= self._until:
            self._until = now + snapshots.PATIENCE  # first, so that other threads do not ask too
            try:
                self._key = page_key()
            except DatabaseError:
                connection.close()
                if not self._key:
                    raise
        return self._key


@cache
def _build() -> str:
    """The software as it lies on the disk, so that an upgrade never shows yesterday's page."""
    root = Path(dugnad.__file__).parent
    seen = [dugnad.__version__]
    for path in sorted(p for p in root.rglob("*") if p.suffix in {".py", ".html", ".po", ".css", ".js"}):
        stat = path.stat()
        seen.append(f"{path.relative_to(root)} {stat.st_size} {stat.st_mtime_ns}")
    return hashlib.sha256("\n".join(seen).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Ready:
    """An answer to give out: its headers, and its body compressed."""

    etag: str
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def plain_body(self) -> bytes:
        return gzip.decompress(self.body)


class Shelf:
    """Ready answers by page key and address: the most used in memory, all of them on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._memory: OrderedDict[tuple[str, str], Ready] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: str, address: str) -> Ready | None:
        ready = self._memory.get((key, address))
        if ready is None and (ready := self._from_disk(key, address)) is not None:
            self._remember(key, address, ready)
        return ready

    def put(self, key: str, address: str, headers: list[tuple[str, str]], body: bytes) -> Ready:
        kept = [(name, value) for name, value in headers if name.lower() not in NEVER_KEPT]
        ready = Ready(f'"{hashlib.sha256(body).hexdigest()[:32]}"', kept, gzip.compress(body, 6, mtime=0))
        path = self._path(key, address)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}.part")
        part.write_bytes(orjson.dumps([ready.etag, ready.headers]) + b"\n" + ready.body)
        part.rename(path)
        self._remember(key, address, ready)
        return ready

    def keep_only(self, keys: Iterable[str]) -> None:
        """Throw away the answers of other page keys: nobody asks for them any more."""
        kept = set(keys)
        for old in self.folder.iterdir() if self.folder.is_dir() else ():
            if old.name not in kept:
                shutil.rmtree(old, ignore_errors=True)

    def _path(self, key: str, address: str) -> Path:
        digest = hashlib.sha256(address.encode("utf-8", "surrogateescape")).hexdigest()
        return self.folder / key / digest[:2] / digest

    def _from_disk(self, key: str, address: str) -> Ready | None:
        try:
            head, body = self._path(key, address).read_bytes().split(b"\n", 1)
        except FileNotFoundError:
            return None
        etag, headers = orjson.loads(head)
        return Ready(etag, [(name, value) for name, value in headers], body)

    def _remember(self, key: str, address: str, ready: Ready) -> None:
        with self._lock:
            if (key, address) in self._memory:
                return
            self._memory[key, address] = ready
            self._bytes += len(ready.body)
            while self._bytes > MEMORY:
                _, oldest = self._memory.popitem(last=False)
                self._bytes -= len(oldest.body)


class ReadyPages:
    """WSGI: answer what is ready, let `application` answer the rest, and keep what it says may be kept."""

    def __init__(self, application: Callable[..., Iterable[bytes]], shelf: Shelf) -> None:
        self.application = application
        self.shelf = shelf
        self.watch = Watch()
        self.languages = tuple(f"/{code}/" for code, _ in settings.LANGUAGES)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        address = environ.get("PATH_INFO", "")
        if (
            environ["REQUEST_METHOD"] not in ("GET", "HEAD")
            or environ.get("QUERY_STRING")
            or not address.startswith(self.languages)
            or _signed_in(environ.get("HTTP_COOKIE", ""))
            or not _host_is_ours(environ.get("HTTP_HOST", ""))
        ):
            return self.application(environ, start_response)
        key = self.watch.key()
        ready = self.shelf.get(key, address)
        if ready is not None:
            return _answer(ready, environ, start_response)
        return self._render(key, address, environ, start_response)

    def _render(self, key: str, address: str, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        said: list[Any] = []

        def note(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
            said[:] = [status, headers]
            return lambda _: None

        is_head = environ["REQUEST_METHOD"] == "HEAD"
        body = self.application(environ | {"REQUEST_METHOD": "GET", "HTTP_ACCEPT_ENCODING": "identity"}, note)
        try:
            whole = b"".join(body)
        finally:
            if hasattr(body, "close"):
                body.close()
        status, headers = said
        names = {name.lower(): value for name, value in headers}
        is_published = status.startswith("200") and MARK.lower() in names and "set-cookie" not in names
        if is_published and page_key() == key:  # nothing new was published while this was made
            return _answer(self.shelf.put(key, address, headers, whole), environ, start_response)
        headers = [(name, value) for name, value in headers if name.lower() not in ("content-length", MARK.lower())]
        start_response(status, [*headers, ("Content-Length", str(len(whole)))])
        return [b""] if is_head else [whole]


def _answer(ready: Ready, environ: dict[str, Any], start_response: StartResponse) -> list[bytes]:
    headers = [*ready.headers, ("ETag", ready.etag), ("Vary", "Accept-Encoding, Cookie")]
    if ready.etag in environ.get("HTTP_IF_NONE_MATCH", ""):
        start_response("304 Not Modified", headers)
        return [b""]
    body = ready.body
    if "gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""):
        headers.append(("Content-Encoding", "gzip"))
    else:
        body = ready.plain_body
    headers.append(("Content-Length", str(len(body))))
    start_response("200 OK", headers)
    return [b""] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def _signed_in(cookies: str) -> bool:
    return settings.SESSION_COOKIE_NAME in cookies and settings.SESSION_COOKIE_NAME in SimpleCookie(cookies)


@lru_cache(maxsize=256)
def _host_is_ours(host: str) -> bool:
    from django.http.request import split_domain_port, validate_host

    domain, _port = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


def prepare(pages: ReadyPages, addresses: Iterable[str]) -> int:
    """Have these addresses made ready, as if someone had asked for each; how many were made or were ready already."""
    host = next((name for name in settings.ALLOWED_HOSTS if name.strip(".*")), "localhost").lstrip(".")
    made = 0
    for address in addresses:
        said: list[str] = []
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": address,
            "SERVER_NAME": host,
            "SERVER_PORT": "443" if settings.PUBLIC_URL.startswith("https") else "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": host,
            "HTTP_ACCEPT_ENCODING": "gzip",
            "wsgi.url_scheme": settings.PUBLIC_URL.partition(":")[0],
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": sys.stderr,
        }
        pages(environ, lambda status, headers, exc_info=None: said.append(status))  # noqa: B023  (called at once)
        made += said[0].startswith("200")
    return made
