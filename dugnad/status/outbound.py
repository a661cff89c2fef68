"""The one way out: every request to another machine goes through a `Client`.

Only hosts on a list, only https, only addresses on the open internet, no redirects, certificates checked, answers of
bounded size, one request at a time to each host and at most thirty a minute, also across processes. What fails in
passing is tried again, more and more patiently; what fails for good is a `SourceFailed` that says what to do.
"""

import fcntl
import ipaddress
import json
import socket
import ssl
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx

from dugnad.shared.errors import Refusal
from dugnad.status.observations import Message, RawAnswer

_ = Message

MAX_BYTES = 200_000_000
PER_MINUTE = 30  # what SSB allows one address; enough for everybody else
ATTEMPTS = 5
PATIENCE = 120.0  # seconds to wait at most before one more attempt
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
_AGENT = "Dugnad (statistics for municipalities)"

_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")

Resolver = Callable[[str, int], list[str]]


class NotAllowed(Refusal):
    """An address this installation does not ask; nothing has been sent."""


class SourceFailed(Refusal):
    """The source did not give what was asked for. `status` is its HTTP status, 0 when there was no answer."""

    def __init__(self, what: str, where: str, remedy: str, *, status: int = 0, content: bytes = b"") -> None:
        super().__init__(what, where, remedy)
        self.status, self.content = status, content


def resolve(host: str, port: int) -> list[str]:
    """The numeric addresses of a host, as the system finds them."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def is_public(address: str) -> bool:
    """Whether a numeric address belongs to the open internet.

    >>> [is_public(a) for a in ("93.184.215.14", "127.0.0.1", "169.254.169.254", "::ffff:10.0.0.1", "64:ff9b::7f00:1")]
    [True, False, False, False, False]
    """
    ip = ipaddress.ip_address(address.split("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and (inner := ip.ipv4_mapped):
        return is_public(str(inner))
    if isinstance(ip, ipaddress.IPv6Address) and (ip.sixtofour or ip.teredo or ip in _TRANSLATED):
        return False  # an address that hides another
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


class Client:
    """Asks other machines, one question at a time.

    >>> client = Client.of_installation()                                               # doctest: +SKIP
    >>> client.get("https://data.ssb.no/api/pxwebapi/v2/config").media_type             # doctest: +SKIP
    'application/json'

    `hosts` are names, or name:port for another port than 443. `folder` keeps one small file for each host: its lock
    and the times of its latest requests. The other arguments are for tests.
    """

    def __init__(
        self,
        *,
        folder: Path,
        hosts: Collection[str] = ("data.ssb.no",),
        max_bytes: int = MAX_BYTES,
        transport: httpx.BaseTransport | None = None,
        resolver: Resolver = resolve,
        may_connect: Callable[[str], bool] = is_public,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._hosts = {host if ":" in host else f"{host}:443" for host in hosts}
        self._folder, self._max_bytes = folder, max_bytes
        self._resolver, self._may_connect = resolver, may_connect
        self._now, self._sleep = now, sleep
        self._http = httpx.Client(
            transport=transport or httpx.HTTPTransport(verify=ssl.create_default_context(), trust_env=False),
            timeout=_TIMEOUT,
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": _AGENT},
        )

    @classmethod
    def of_installation(cls) -> "Client":
        """The client this installation uses, as its settings say."""
        from django.conf import settings

        return cls(folder=settings.DATA_DIR / "outbound", hosts=settings.OUTBOUND_HOSTS)

    def get(self, url: str, *, accept: str = "application/json") -> RawAnswer:
        return self._ask("GET", url, accept, None)

    def post(self, url: str, body: Any, *, accept: str = "application/json") -> RawAnswer:
        """A question too long for an address; `body` is sent as JSON. For questions only: it may be sent again."""
        return self._ask("POST", url, accept, json.dumps(body, ensure_ascii=False).encode())

    def now(self) -> datetime:
        """The time by this client's clock."""
        return datetime.fromtimestamp(self._now(), UTC)

    def close(self) -> None:
        self._http.close()

    def _ask(self, method: str, url: str, accept: str, body: bytes | None) -> RawAnswer:
        target = self._allowed(url)
        wait = 1.0
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with self._turn(target.host):
                    return self._once(method, target, accept, body)
            except _Passing as passing:
                pause = passing.after if passing.after is not None else wait
                if attempt == ATTEMPTS or pause > PATIENCE:
                    raise passing.failure from passing.__cause__
                self._sleep(pause)
                wait = min(wait * 2, PATIENCE)
        raise AssertionError("unreachable")

    def _allowed(self, url: str) -> httpx.URL:
        """The address, when it is one this installation asks."""
        try:
            target = httpx.URL(url)
        except (httpx.InvalidURL, TypeError):
            raise _not_allowed(_("The address cannot be read"), url) from None
        if target.scheme != "https":
            raise _not_allowed(_("Only https addresses are fetched"), url)
        if target.userinfo:
            raise _not_allowed(_("The address has a user name in it"), url)
        if f"{target.host}:{target.port or 443}" not in self._hosts:
            raise _not_allowed(_("{host} is not among the hosts that are asked", host=target.host), url)
        return target

    def _address(self, target: httpx.URL) -> str:
        """A numeric address that was checked; it is connected to as it is, so the name cannot change its mind."""
        try:
            addresses = self._resolver(target.host, target.port or 443)
        except OSError as error:
            what = _("{host} is not found", host=target.host)
            raise _Passing(_failed(what, target, _("Check that this machine reaches the internet."))) from error
        if not addresses or not all(map(self._may_connect, addresses)):
            raise _not_allowed(_("{host} leads to an address inside a network", host=target.host), str(target))
        return addresses[0]

    def _once(self, method: str, target: httpx.URL, accept: str, body: bytes | None) -> RawAnswer:
        address = self._address(target)
        request = self._http.build_request(
            method,
            target.copy_with(host=address),
            headers={
                "Host": target.netloc.decode(),
                "Accept": accept,
                **({"Content-Type": "application/json"} if body is not None else {}),
            },
            content=body,
            extensions={"sni_hostname": target.host},  # the certificate must be the name's, not the number's
        )
        try:
            response = self._http.send(request, stream=True)
            try:
                content = self._body(response, target)
            finally:
                response.close()
        except httpx.TimeoutException as error:
            what = _("The source did not answer in time")
            raise _Passing(_failed(what, target, _LATER)) from error
        except httpx.DecodingError as error:
            raise _Passing(_failed(_("The answer is packed wrongly"), target, _LATER)) from error
        except httpx.RemoteProtocolError as error:
            raise _Passing(_failed(_("The answer broke off"), target, _LATER)) from error
        except httpx.TransportError as error:
            if isinstance(error.__cause__, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(error):
                what = _("The certificate of {host} is not valid", host=target.host)
                remedy = _("Nothing was sent. Ask the source; do not switch the check off.")
                raise _failed(what, target, remedy) from error
            raise _Passing(_failed(_("The connection to the source broke"), target, _LATER)) from error
        status = response.status_code
        if status in _PASSING:
            what = _("The source answers {status}", status=status)
            failure = SourceFailed(what, _where(target), _LATER, status=status, content=content)
            raise _Passing(failure, self._retry_after(response))
        if response.is_redirect:
            remedy = _("Look where it leads, and correct the address.")
            what = _("The source sends us to another address")
            raise SourceFailed(what, _where(target), remedy, status=status, content=content)
        if status != 200:
            what = _("The source answers {status}", status=status)
            remedy = _("Check the address and the question.")
            raise SourceFailed(what, _where(target), remedy, status=status, content=content)
        media_type = response.headers.get("Content-Type", "").split(";")[0].strip().lower()
        return RawAnswer(content, media_type, str(target), self.now())

    def _body(self, response: httpx.Response, target: httpx.URL) -> bytes:
        parts, size = [], 0
        for part in response.iter_bytes():
            size += len(part)
            if size > self._max_bytes:
                what = _("The answer is larger than {size} MB", size=self._max_bytes // 1_000_000)
                raise _failed(what, target, _("Ask for less at a time."))
            parts.append(part)
        announced = response.headers.get("Content-Length", "")
        if announced.isdigit() and int(announced) != response.num_bytes_downloaded:
            raise _Passing(_failed(_("The answer broke off"), target, _LATER))
        return b"".join(parts)

    def _retry_after(self, response: httpx.Response) -> float | None:
        """Seconds the source asks us to wait: a number, or a time of day."""
        given = response.headers.get("Retry-After", "").strip()
        if given.isdigit():
            return float(given)
        try:
            return max(0.0, parsedate_to_datetime(given).timestamp() - self._now())
        except ValueError:
            return None

    @contextmanager
    def _turn(self, host: str) -> Iterator[None]:
        """Wait until it is our turn to ask this host, and hold it: no other thread or process asks meanwhile."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / f"{host}.times").open("a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            now = self._now()
            times = [float(line) for line in file.read().split() if abs(now - float(line)) < 60]
            if len(times) >= PER_MINUTE:
                self._sleep(times[-PER_MINUTE] + 60.1 - now)
            file.seek(0)
            file.truncate()
            file.write("\n".join(f"{at:.3f}" for at in [*times[-PER_MINUTE + 1 :], self._now()]))
            file.flush()
            yield


_LATER = _("Try again later; what was published before stands.")


class _Passing(Exception):
    """A failure that may be over the next time; `after` is how many seconds the source asks us to wait."""

    def __init__(self, failure: SourceFailed, after: float | None = None) -> None:
        super().__init__(failure)
        self.failure, self.after = failure, after


def _where(target: httpx.URL) -> str:
    return f"{target.host}{target.path}"[:200]


def _failed(what: str, target: httpx.URL, remedy: str) -> SourceFailed:
    return SourceFailed(what, _where(target), remedy)


def _not_allowed(what: str, url: str) -> NotAllowed:
    remedy = _("The operator decides which hosts are asked: DUGNAD_OUTBOUND_HOSTS.")
    return NotAllowed(what, str(url)[:200], remedy)
