"""Ready pages: what one reader is given can be given to all, is whole, and is never older than its key."""

import gzip
import os
import random
import shutil
import threading
import time
from collections import namedtuple
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import DatabaseError, close_old_connections, connection
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.urls import path

from dugnad.shared.published import _is_published, published
from dugnad.site import ready
from dugnad.site import urls as site_urls
from dugnad.site.ready import ReadyPages, Shelf
from dugnad.status.models import Snapshot
from dugnad.status.queries import snapshots

ADDRESS = "/nb/proeve"


def snapshot_page(request: HttpRequest) -> HttpResponse:
    """A page of numbers at its shortest: which snapshot it was made from, said twice, some time apart."""
    first = snapshots.current().snapshot
    time.sleep(0.001)
    return HttpResponse(f"{first} {snapshots.current().snapshot} {request.headers.get('User-Agent', '')}")


def session_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.session.get("name", "nobody"))


def form_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(get_token(request))


def page_of_a_day(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{snapshots.asked_for(request).snapshot}")


class Urls:
    """The product's own addresses and four pages for these tests."""

    urlpatterns = [
        path("nb/proeve", published(snapshot_page)),
        path("nb/okt", published(session_page)),
        path("nb/skjema", published(form_page)),
        path("nb/dag", published(page_of_a_day)),
        *site_urls.urlpatterns,
    ]
    handler404 = site_urls.handler404
    handler500 = site_urls.handler500


class Site:
    """Django behind ready pages, and how often it was asked."""

    def __init__(self, folder: Path) -> None:
        self.django = get_wsgi_application()
        self.asked: list[str] = []
        self.pages = ReadyPages(self._count, Shelf(folder))

    def _count(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        self.asked.append(environ["PATH_INFO"])
        return self.django(environ, start_response)

    def get(self, address: str = ADDRESS, method: str = "GET", query: str = "", **headers: str) -> "Answer":
        said: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
            said[:] = [int(status[:3]), {name.lower(): value for name, value in headers}]

        environ = ready._question(address) | {"REQUEST_METHOD": method, "QUERY_STRING": query}
        environ |= {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        body = self.pages(environ, start_response)
        whole = b"".join(body)
        if hasattr(body, "close"):
            body.close()
        return Answer(*said, whole)


Answer = namedtuple("Answer", "status headers body")


@pytest.fixture
def one_connection(db: None) -> Iterator[None]:
    """Requests end without closing the connection that the test's transaction is in, as with Django's own client."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def site(tmp_path: Path, settings: Any, one_connection: None) -> Iterator[Site]:
    settings.ROOT_URLCONF = Urls
    # The pages of these tests have no row in the policy; those of the product are asked below with it.
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "Policy" not in name]
    snapshots.forget()
    yield Site(tmp_path / "ready")
    snapshots.forget()


def publish() -> int:
    return Snapshot.objects.create(published_at=datetime.now(UTC)).pk


def test_the_second_reader_does_not_wake_django(site: Site) -> None:
    first, second = site.get(accept_encoding="gzip"), site.get(accept_encoding="gzip")
    assert first == second
    assert site.asked == [ADDRESS]
    assert gzip.decompress(second.body).startswith(b"0 0")
    assert second.headers["content-length"] == str(len(second.body))


def test_another_process_finds_it_on_the_disk(site: Site) -> None:
    site.get()
    other = Site(site.pages.shelf.folder)
    assert other.get() == site.get()
    assert other.asked == []


def test_what_is_kept_tells_nothing_of_who_asked_first(site: Site) -> None:
    site.get(user_agent="first", cookie="csrf=secret", accept_language="en", x_forwarded_host="evil.example")
    assert site.get(user_agent="second").body == b"0 0 "


def test_headers_are_those_of_django_without_what_belongs_to_one_request(site: Site) -> None:
    """Two answers of Django's: what differs between them is of one request, and nobody else's."""
    site.get()
    kept = site.get().headers
    direct = []
    for _ in range(2):
        said: list[tuple[str, str]] = []
        site.django(ready._question(ADDRESS), lambda _status, headers, said=said: said.extend(headers))
        direct.append({name.lower(): value for name, value in said})
    alike = {name for name in direct[0] if direct[0][name] == direct[1].get(name)}
    assert "x-request-id" not in alike
    assert set(kept) - alike == {"etag", "vary", "content-length"} - alike
    assert alike - set(kept) == {ready.MARK.lower()}
    assert all(kept[name] == direct[0][name] for name in alike & set(kept) - {"vary"})
    assert kept["content-security-policy"].startswith("default-src 'none'")
    assert kept["x-content-type-options"] == "nosniff"
    assert kept["vary"] == "Accept-Encoding, Cookie"
    assert "set-cookie" not in kept


@pytest.mark.parametrize(
    ("accepted", "is_gzip"),
    [("gzip", True), ("br, gzip;q=0.5", True), ("*", True), ("", False), ("identity", False), ("gzip;q=0", False),
     ("gzip;q=0.000, *", False), ("gzip;q=x", False)],
)  # fmt: skip
def test_compressed_only_for_who_takes_it(site: Site, accepted: str, is_gzip: bool) -> None:
    for _ in range(2):  # made, and ready
        answer = site.get(accept_encoding=accepted)
        assert ("content-encoding" in answer.headers) is is_gzip
        assert (gzip.decompress(answer.body) if is_gzip else answer.body) == b"0 0 "


def test_head_and_not_modified_and_range(site: Site) -> None:
    for _ in range(2):
        head = site.get(method="HEAD")
        assert (head.status, head.body) == (200, b"")
    whole = site.get()
    etag = whole.headers["etag"]
    strong = etag.removeprefix("W/")
    for said in (etag, strong, f'"other", {etag}', f'"a",W/"b" , {strong}', "*"):
        answer = site.get(if_none_match=said)
        assert (answer.status, answer.body) == (304, b""), said
        assert answer.headers["etag"] == etag and "content-length" not in answer.headers
        assert answer.headers["cache-control"] == "public, max-age=60"
    for said in ('"other"', strong.strip('"'), f'"x{strong[1:]}', ""):
        assert site.get(if_none_match=said).status == 200, said
    assert site.get(range="bytes=0-1") == whole
    assert head.headers["content-length"] == whole.headers["content-length"]


def test_signed_in_readers_questions_and_changes_go_to_django(site: Site) -> None:
    site.get()
    for asked in (
        {"cookie": f"{settings.SESSION_COOKIE_NAME}=abc"},
        {"query": "x=1"},
        {"method": "POST"},
    ):
        before = len(site.asked)
        answer = site.get(**asked)
        assert len(site.asked) == before + 1, asked
        assert ready.MARK.lower() not in answer.headers
        assert "public" not in answer.headers.get("cache-control", "")
    assert site.get(cookie="other=1; not-a-session=2").status == 200
    assert len(site.asked) == before + 1


def test_what_is_remembered_of_requests_is_bounded(site: Site) -> None:
    site.get()
    for n in range(ready.KNOWN + 10):
        site.pages._read(("GET", f"/nb/{n}", "", "localhost", ""))
    assert 0 < len(site.pages._known) <= ready.KNOWN
    long = ("GET", ADDRESS, "", "localhost", "gzip," * ready.LONG)
    assert site.pages._read(long) == ready.Wish(ADDRESS, gzip=True)
    assert long not in site.pages._known
    assert site.get(accept_encoding=long[-1]) == site.get(accept_encoding="gzip")


@pytest.mark.parametrize("host", ["evil.example", "localhost@evil.example", "", "localhost:80:80", "a" * 5000])
def test_a_wrong_host_is_refused_whatever_is_ready_and_changes_nothing(site: Site, host: str) -> None:
    refused = site.get(host=host)
    good = site.get()
    again = site.get(host=host)
    assert (refused.status, again.status) == (400, 400) or not host  # no host at all: the server's own name
    assert good.status == 200 and b"evil" not in good.body
    assert site.get() == good


def test_a_page_that_reads_the_session_or_has_a_form_is_never_kept(site: Site) -> None:
    for address in ("/nb/okt", "/nb/skjema"):
        before = len(site.asked)
        bodies = {site.get(address).body for _ in range(2)}
        assert len(site.asked) > before + 1
        assert not site.pages.shelf.path(ready.page_key(), address).exists()
        assert len(bodies) == (1 if address == "/nb/okt" else 2)


@pytest.mark.parametrize("address", ["/nb/", "/nn/om/tallene", "/en/mal/", "/nb/publisering/"])
@pytest.mark.usefixtures("one_connection")
def test_published_pages_of_the_product_set_no_cookie_and_read_no_session(address: str) -> None:
    said: dict[str, str] = {}
    application = get_wsgi_application()
    application(ready._question(address), lambda _status, headers: said.update({n.lower(): v for n, v in headers}))
    assert ready.MARK.lower() in said
    assert "set-cookie" not in said
    assert "cookie" not in said.get("vary", "").lower()


@pytest.mark.parametrize(
    "address",
    ["/nb/../etc/passwd", "/nb/..%2f", "/nb/\x00", "/nb/kommune/\x00", "/nb/" + "a" * 100_000, "/nb//", "/nb/\xff\xfe",
     "//nb/", "/nb/%00", "/nb/proeve/../proeve"],
)  # fmt: skip
def test_hostile_addresses_find_nothing_and_leave_nothing(site: Site, address: str) -> None:
    assert site.get(address).status in (301, 400, 404)
    folder = site.pages.shelf.folder
    assert not list(folder.rglob("*")) if folder.exists() else True


def test_whoever_asks_for_endless_addresses_fills_neither_disk_nor_memory(site: Site) -> None:
    kinds = _is_published.cache_info
    before = kinds().currsize
    for i in range(50):
        assert site.get(f"/nb/kommune/{i}{'x' * 5000}.json").status == 404
    assert kinds().currsize == before  # a long address is not remembered
    assert site.get("/nb/kommune/xqzw.json").status == 404
    assert kinds().currsize == before + 1 and kinds().maxsize == 4096
    assert not list(site.pages.shelf.folder.rglob("*")) and site.pages.shelf.held == 0


def _kept(site: Site) -> Path:
    site.get()
    return site.pages.shelf.path(ready.page_key(), ADDRESS)


def test_an_altered_or_torn_file_is_never_given_out(site: Site) -> None:
    whole = _kept(site).read_bytes()
    right = site.get()
    for position in range(0, len(whole), 7):
        flipped = bytearray(whole)
        flipped[position] ^= 1 << position % 8
        for content in (bytes(flipped), whole[:position]):
            _kept(site).write_bytes(content)
            other = Site(site.pages.shelf.folder)
            assert other.get() == right
            assert other.asked == [ADDRESS]
    assert _kept(site).read_bytes() == whole  # made again, and put in its place


def test_a_full_disk_refuses_no_reader(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, *_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert site.get().status == site.get().status == 200
    assert site.asked == [ADDRESS]  # kept in memory
    assert not [path for path in site.pages.shelf.folder.rglob("*") if path.is_file()]


def test_the_last_of_the_disk_is_left_to_others(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: namedtuple("Usage", "free")(ready.ROOM - 1))
    assert site.get().status == 200
    assert not [path for path in site.pages.shelf.folder.rglob("*") if path.is_file()]


def test_memory_holds_what_was_asked_for_last_and_counts_right(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, memory=4000)
    pages = {f"/nb/{n}": ready.Ready.of([], os.urandom(900)) for n in range(6)}

    def work(seed: int) -> None:
        for turn in range(300):
            address = f"/nb/{(turn * seed) % 6}"
            if turn % 3:
                shelf.get("key", address)
            else:
                shelf.put("key", address, pages[address])

    threads = [threading.Thread(target=work, args=(seed,)) for seed in (1, 5, 7, 11)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert shelf.held == sum(len(kept.body) for kept in shelf._memory.values()) <= 4000
    for address in pages:
        shelf.put("key", address, pages[address])
    assert list(shelf._memory) == [("key", f"/nb/{n}") for n in (2, 3, 4, 5)]
    shelf.get("key", "/nb/2")
    shelf.get("key", "/nb/0")  # from the disk; the oldest, 3, makes room
    assert list(shelf._memory) == [("key", f"/nb/{n}") for n in (4, 5, 2, 0)]
    shelf.put("key", "/nb/large", ready.Ready.of([], os.urandom(2000)))
    assert list(shelf._memory) == [("key", f"/nb/{n}") for n in (4, 5, 2, 0)]
    assert shelf.get("key", "/nb/large")  # from the disk


def test_without_the_database_what_is_ready_is_given_out(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    right = site.get()

    def gone() -> str:
        raise DatabaseError("gone")

    monkeypatch.setattr(ready, "page_key", gone)
    monkeypatch.setattr(ready, "connection", namedtuple("Connection", "close")(lambda: None))
    site.pages.watch._until = 0.0
    assert site.get() == right
    site.pages.watch._until = 0.0
    assert site.get("/nb/om/tallene").status == 200  # not ready: Django does what it can
    other = Site(site.pages.shelf.folder)  # has never seen a key
    assert other.get().status == 200 and other.asked == [ADDRESS]


def test_a_new_snapshot_shows_within_patience(site: Site) -> None:
    assert site.get().body.startswith(b"0 0")
    number = publish()
    time.sleep(snapshots.PATIENCE + 0.01)
    assert site.get().body.startswith(f"{number} {number}".encode())


def test_the_key_follows_the_settings_that_pages_show(site: Site, settings: Any) -> None:
    key = ready.page_key()
    settings.NETWORK_NAME = "Prøvenettverket"
    assert ready.page_key() != key


def mixtures(site: Site, is_enough: Callable[[int, int], bool]) -> tuple[int, int]:
    """Read from four threads while snapshots are published, until the two counts are enough or five minutes have gone:
    (answers made of two snapshots or older than their key, snapshots seen)."""
    faults, seen, lock = [0], set(), threading.Lock()
    is_done = threading.Event()

    def read() -> None:
        try:
            while not is_done.is_set():
                site.get()
                time.sleep(0.001)  # the writer, too, has its turn
        finally:
            connection.close()

    def write() -> None:
        try:
            while not is_done.is_set():
                publish()
                # Now in the middle of an answer, now when the answers have come to rest and are kept.
                time.sleep(random.choice((0.01, 0.1)))
        finally:
            connection.close()

    keep = site.pages.shelf.put

    def put(key: str, address: str, page: ready.Ready) -> None:
        first, second = page.plain_body.split()[:2]
        with lock:
            seen.add(first)
            faults[0] += first != second or key_of.setdefault(key, first) != first
            if is_enough(faults[0], len(seen)):
                is_done.set()
        keep(key, address, page)

    key_of: dict[str, bytes] = {}
    site.pages.shelf.put = put  # type: ignore[method-assign]
    threads = [threading.Thread(target=write), *(threading.Thread(target=read) for _ in range(4))]
    for thread in threads:
        thread.start()
    is_done.wait(timeout=300)
    is_done.set()
    for thread in threads:
        thread.join()
    return faults[0], len(seen)


@pytest.fixture
def impatient(site: Site, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Snapshots that follow each other closely, each with a key of its own though it holds no release."""
    monkeypatch.setattr(snapshots, "PATIENCE", 0.005)
    monkeypatch.setattr(ready, "page_key", _key_of_the_snapshot)
    return site


def _key_of_the_snapshot() -> str:
    snapshots.look_again()
    return f"snapshot-{snapshots.current().snapshot}"


@pytest.mark.django_db(transaction=True)
def test_nothing_old_is_kept_under_a_new_key_while_publications_go_on(impatient: Site) -> None:
    faults, seen = mixtures(impatient, lambda faults, seen: seen >= 50)
    assert faults == 0
    assert seen >= 50


@pytest.mark.django_db(transaction=True)
def test_the_check_finds_a_shelf_that_trusts_the_key_it_began_with(
    impatient: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: the key asked for once, with the patience of another thread, and never again."""
    monkeypatch.setattr(ready, "page_key", lambda: f"snapshot-{Snapshot.objects.values_list('pk', flat=True).first()}")
    monkeypatch.setattr(snapshots, "PATIENCE", 0.03)
    faults, _seen = mixtures(impatient, lambda faults, seen: faults > 0)
    assert faults > 0


def test_what_was_published_on_a_day_is_kept_in_memory_only_and_under_its_day(site: Site) -> None:
    first = Snapshot.objects.create(published_at=datetime(2026, 3, 3, 7, tzinfo=UTC)).pk
    publish()
    for _ in range(2):
        answer = site.get("/nb/dag", query="per=2026-03-03")
        assert (answer.status, answer.body) == (200, f"{first}".encode())
    assert answer.headers["memento-datetime"] == "Tue, 03 Mar 2026 22:59:59 GMT"
    assert site.asked == ["/nb/dag"]
    assert site.get("/nb/dag", query="per=2026-03-03", if_none_match=answer.headers["etag"]).status == 304
    assert site.asked == ["/nb/dag"]
    for query in ("per=2026-03-02", "per=2026-03-03&x=1", "x=1&per=2026-03-03", "per=2026-03-03T10:00:00Z", "per=x"):
        for _ in range(2):
            before = len(site.asked)
            site.get("/nb/dag", query=query)
            assert len(site.asked) > before, query
    assert [path for path in site.pages.shelf.folder.rglob("*") if path.is_file()] == []
