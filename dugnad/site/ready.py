"""Published pages as ready bytes, answered in front of Django.

A page that shows published numbers is the same for every reader until something new is published. Its view says so with
`@published` (dugnad/shared/published.py); the first answer is kept, compressed, under the snapshot and its address, and
from then on this layer gives it out without waking Django. Nothing is ever changed under a reader: a new snapshot has a
new key.

    request -> kept in memory? -> kept on disk? -> Django renders, and the answer is kept

What is kept was asked for by nobody in particular: Django is given the address and nothing else of the request, so that
no cookie, language or header of one reader can come into what others are given.
"""

import gzip
import hashlib
import io
import os
import re
import shutil
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Any

import orjson
import structlog
from django.conf import settings
from django.core.handlers.wsgi import get_path_info
from django.db import DatabaseError, connection
from django.db.models import Max, Q
from django.http.request import split_domain_port, validate_host
from django.utils import timezone

import dugnad
from dugnad.places import queries as places
from dugnad.places.models import Place
from dugnad.shared.published import MARK, MOMENT, is_published
from dugnad.standards import queries as standards
from dugnad.status.queries import snapshots

log = structlog.get_logger(__name__)

MEMORY = 64 * 2**20  # bytes of answers each worker keeps at hand
KNOWN = 4096  # kinds of request whose reading each worker remembers
LONG = 1000  # characters of a request that is read anew each time
ROOM = 500 * 2**20  # bytes of disk left to what cannot be made again; ready pages can
PAUSE = 2.0  # seconds before a database that did not answer is asked again
# Of one answer, or made anew for each reader.
NEVER_KEPT = {
    "content-encoding", "content-length", "date", "etag", "set-cookie", "vary", "x-request-id", MARK.lower(),
}  # fmt: skip
_DAY = re.compile(rf"{MOMENT}=\d{{4}}-\d\d-\d\d", re.ASCII)

StartResponse = Callable[..., Any]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


def page_key() -> str:
    """What every ready page depends on: the snapshot and what is to come after it, the definitions, the borders of
    today, settings and software.

    Asks the database: afterwards this thread renders from no older a snapshot than the one in the key.
    """
    snapshots.look_again()
    today = timezone.localdate()
    borders = Place.objects.aggregate(
        begun=Max("valid_from", filter=Q(valid_from__lte=today)), ended=Max("valid_to", filter=Q(valid_to__lte=today))
    )
    now = snapshots.current()
    parts = (now.key, str(now.coming), standards.loaded_key(), places.loaded_key(), str(borders), _build(), _said())
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _said() -> str:
    """The settings that pages show."""
    return " ".join((settings.PUBLIC_URL, settings.NETWORK_NAME, settings.CONTACT_EMAIL))


@cache
def _build() -> str:
    """The software as it lies on the disk, so that an upgrade never shows yesterday's page."""
    root = Path(dugnad.__file__).parent
    shown = {".py", ".html", ".po", ".css", ".js", ".svg"}
    files = [*(p for p in root.rglob("*") if p.suffix in shown), *(settings.DEFINITIONS_DIR / "methods").glob("*.yaml")]
    seen = [dugnad.__version__]
    for path in sorted(files):
        stat = path.stat()
        seen.append(f"{path} {stat.st_size} {stat.st_mtime_ns}")
    return hashlib.sha256("\n".join(seen).encode()).hexdigest()


class Watch:
    """The page key, asked for at most once in `snapshots.PATIENCE` by one thread of each process.

    When the database does not answer, what is ready goes on being given out under the last key that was seen.
    """

    def __init__(self) -> None:
        self._key = ""
        self._until = 0.0
        self._asking = threading.Lock()

    def key(self) -> str:
        """The key; "" when the database has not answered once since this process began."""
        if time.monotonic() >= self._until and self._asking.acquire(blocking=not self._key):
            try:
                if time.monotonic() >= self._until:
                    self._ask()
            finally:
                self._asking.release()
        return self._key

    def _ask(self) -> None:
        pause = snapshots.PATIENCE
        try:
            self._key = page_key()
        except DatabaseError:
            connection.close()
            pause = PAUSE
        self._until = time.monotonic() + pause


@dataclass(frozen=True, slots=True)
class Ready:
    """An answer to give out: its headers, and its body compressed.

    The ETag is weak: it stands for the content, compressed or not.
    """

    etag: str
    headers: list[tuple[str, str]]
    body: bytes
    as_it_lies: list[tuple[str, str]] = field(init=False)  # the headers of nearly every answer: whole and compressed

    def __post_init__(self) -> None:
        about = [("Content-Encoding", "gzip"), ("Content-Length", str(len(self.body)))]
        object.__setattr__(self, "as_it_lies", [*self.headers_of_all, *about])

    @classmethod
    def of(cls, headers: list[tuple[str, str]], body: bytes) -> "Ready":
        kept = [(name, value) for name, value in headers if name.lower() not in NEVER_KEPT]
        return cls(f'W/"{hashlib.sha256(body).hexdigest()[:32]}"', kept, gzip.compress(body, 6, mtime=0))

    @property
    def headers_of_all(self) -> list[tuple[str, str]]:
        """The headers of every answer, whole or "not modified"."""
        return [*self.headers, ("ETag", self.etag), ("Vary", "Accept-Encoding, Cookie")]

    @property
    def plain_body(self) -> bytes:
        return gzip.decompress(self.body)


class Shelf:
    """Ready answers by page key and address: those asked for last in memory, all of them on disk.

    A file begins with the SHA-256 of the rest, so one that was torn or altered is never given out. It is not flushed to
    the disk: what a power cut takes is made again.
    """

    def __init__(self, folder: Path, memory: int = MEMORY) -> None:
        self.folder = folder
        self.memory = memory
        self.held = 0  # bytes of bodies in memory
        self._memory: OrderedDict[tuple[str, str], Ready] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str, address: str) -> Ready | None:
        ready = self._memory.get((key, address))
        if ready is not None:
            try:  # noqa: SIM105  (`suppress` takes as long as all the rest)
                self._memory.move_to_end((key, address))
            except KeyError:  # another thread has just let go of it
                pass
            return ready
        ready = None if "?" in address else self._from_disk(key, address)
        if ready is not None:
            self._remember(key, address, ready)
        return ready

    def put(self, key: str, address: str, ready: Ready) -> None:
        self._remember(key, address, ready)
        if "?" in address:  # as of a day: there are endlessly many of them
            return
        try:
            self._to_disk(key, address, ready)
        except OSError as error:  # a full disk is no reason to refuse a reader
            log.warning("page_not_kept", why=str(error))

    def keep_only(self, keys: Iterable[str]) -> None:
        """Throw away the answers of other page keys: nobody asks for them any more."""
        kept = set(keys)
        for old in self.folder.iterdir() if self.folder.is_dir() else ():
            if old.name not in kept:
                shutil.rmtree(old, ignore_errors=True)

    def path(self, key: str, address: str) -> Path:
        digest = hashlib.sha256(address.encode("utf-8", "surrogateescape")).hexdigest()
        return self.folder / key / digest[:2] / digest

    def _to_disk(self, key: str, address: str, ready: Ready) -> None:
        content = orjson.dumps([ready.etag, ready.headers]) + b"\n" + ready.body
        path = self.path(key, address)
        path.parent.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(self.folder).free < ROOM:
            return
        part = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}.part")
        try:
            part.write_bytes(hashlib.sha256(content).hexdigest().encode() + b"\n" + content)
            part.rename(path)
        except OSError:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise

    def _from_disk(self, key: str, address: str) -> Ready | None:
        path = self.path(key, address)
        try:
            checksum, _, content = path.read_bytes().partition(b"\n")
        except FileNotFoundError:
            return None
        except OSError as error:
            log.warning("page_not_read", file=str(path), why=str(error))
            return None
        if hashlib.sha256(content).hexdigest().encode() != checksum:
            log.warning("page_altered", file=str(path))  # made again, and put in its place
            return None
        head, _, body = content.partition(b"\n")
        etag, headers = orjson.loads(head)
        return Ready(etag, [(name, value) for name, value in headers], body)

    def _remember(self, key: str, address: str, ready: Ready) -> None:
        if len(ready.body) > self.memory // 4:  # one file does not drive out all pages
            return
        with self._lock:
            former = self._memory.pop((key, address), None)
            self.held += len(ready.body) - (len(former.body) if former else 0)
            self._memory[key, address] = ready
            while self.held > self.memory:
                _, oldest = self._memory.popitem(last=False)
                self.held -= len(oldest.body)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a request asks for: the address as ready answers are filed, "" when Django must answer; and whether the
    answer may be compressed."""

    address: str
    gzip: bool


class ReadyPages:
    """WSGI: answer what is ready, let `application` answer the rest, and keep what it says may be kept."""

    def __init__(self, application: Application, shelf: Shelf) -> None:
        self.application = application
        self.shelf = shelf
        self.watch = Watch()
        self.languages = tuple(f"/{code}/" for code, _ in settings.LANGUAGES)
        self._known: dict[tuple[str, ...], Wish] = {}

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        asked = (
            environ["REQUEST_METHOD"],
            environ.get("PATH_INFO", ""),
            environ.get("QUERY_STRING", ""),
            environ.get("HTTP_HOST", ""),
            environ.get("HTTP_ACCEPT_ENCODING", ""),
        )
        wish = self._known.get(asked) or self._read(asked)
        address = wish.address
        cookies = environ.get("HTTP_COOKIE")
        if not address or (cookies and _signed_in(cookies)):
            return self.application(environ, start_response)
        key = self.watch.key()
        ready = self.shelf.get(key, address) if key else None
        if ready is not None:
            return _answer(ready, wish, environ, start_response)
        if key and is_published(get_path_info(environ)):
            return self._render(wish, environ, start_response)
        return self.application(environ, start_response)

    def _read(self, asked: tuple[str, ...]) -> Wish:
        """What these words of a request ask for; remembered, because nearly all ask for the same in the same words."""
        method, address, query, host, encodings = asked
        may_be_ready = (
            method in ("GET", "HEAD")
            and (not query or _DAY.fullmatch(query))
            and "?" not in address
            and address.startswith(self.languages)
            and _host_is_ours(host)
        )
        address = f"{address}?{query}" if query else address
        wish = Wish(address if may_be_ready else "", accepts_gzip(encodings))
        if sum(map(len, asked)) < LONG:
            if len(self._known) >= KNOWN:
                self._known.clear()
            self._known[asked] = wish
        return wish

    def _render(self, wish: Wish, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Have Django answer a stranger; keep the answer when it may be kept, and give it out."""
        said: list[Any] = []

        def note(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
            said[:] = [status, headers]
            return lambda _: None

        try:
            key = page_key()
        except DatabaseError:
            return self.application(environ, start_response)
        body = self.application(_question(wish.address), note)
        try:
            whole = b"".join(body)
        finally:
            if hasattr(body, "close"):
                body.close()
        status, headers = said
        names = {name.lower(): value for name, value in headers}
        if "set-cookie" in names or "cookie" in names.get("vary", "").lower():
            # A fault in the view: it read the session, or has a form. Nobody is given what was made for another.
            return self.application(environ, start_response)
        if not status.startswith("200") or MARK.lower() not in names:
            start_response(status, headers)
            return [b""] if environ["REQUEST_METHOD"] == "HEAD" else [whole]
        ready = Ready.of(headers, whole)
        with suppress(DatabaseError):
            if page_key() == key:  # nothing new was published while this was made
                self.shelf.put(key, wish.address, ready)
        return _answer(ready, wish, environ, start_response)


def _question(address: str) -> dict[str, Any]:
    """A request for an address by nobody in particular."""
    scheme = settings.PUBLIC_URL.partition(":")[0]
    host = next((name for name in settings.ALLOWED_HOSTS if name.strip(".*")), "localhost").lstrip(".")
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": address.partition("?")[0],
        "QUERY_STRING": address.partition("?")[2],
        "SERVER_NAME": host,
        "SERVER_PORT": "443" if scheme == "https" else "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": host,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme,
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }


def _answer(ready: Ready, wish: Wish, environ: dict[str, Any], start_response: StartResponse) -> list[bytes]:
    held = environ.get("HTTP_IF_NONE_MATCH")
    if held and has_it_already(held, ready.etag):
        start_response("304 Not Modified", ready.headers_of_all)
        return [b""]
    if wish.gzip:
        body, headers = ready.body, ready.as_it_lies.copy()
    else:
        body = ready.plain_body
        headers = [*ready.headers_of_all, ("Content-Length", str(len(body)))]
    start_response("200 OK", headers)
    return [b""] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def has_it_already(if_none_match: str, etag: str) -> bool:
    """Whether the reader holds this content, by what If-None-Match says; strong and weak tags count alike.

    >>> has_it_already('"a", W/"b"', 'W/"b"'), has_it_already('"b"', 'W/"b"'), has_it_already("*", 'W/"b"')
    (True, True, True)
    >>> has_it_already("", 'W/"b"'), has_it_already('"bb"', 'W/"b"')
    (False, False)
    """
    if not if_none_match:
        return False
    tags = (tag.strip().removeprefix("W/") for tag in if_none_match.split(","))
    opaque = etag.removeprefix("W/")
    return any(tag in ("*", opaque) for tag in tags)


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether a reader takes gzip, by what Accept-Encoding says.

    >>> accepts_gzip("br, gzip;q=0.8"), accepts_gzip("*"), accepts_gzip("gzip;q=0, *"), accepts_gzip("gzipped")
    (True, True, False, False)
    """
    wanted: dict[str, bool] = {}
    for part in accept_encoding.lower().split(","):
        name, _, weight = part.partition(";")
        try:
            wanted[name.strip()] = float(weight.strip().removeprefix("q=") or 1) > 0
        except ValueError:
            wanted[name.strip()] = False
    return wanted.get("gzip", wanted.get("*", False))


def _signed_in(cookies: str) -> bool:
    """Whether the reader may be signed in: a session is at hand, or cookies that cannot be read."""
    if settings.SESSION_COOKIE_NAME not in cookies:
        return False
    try:
        return settings.SESSION_COOKIE_NAME in SimpleCookie(cookies)
    except CookieError:
        return True


def _host_is_ours(host: str) -> bool:
    domain, _port = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


def prepare(pages: ReadyPages, address: str) -> bool:
    """Have an address made ready as if someone had asked for it; whether it is."""
    said: list[str] = []
    pages(_question(address), lambda status, headers, exc_info=None: said.append(status))
    return said[0].startswith("200")
