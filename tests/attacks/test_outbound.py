"""A20, A34: whatever address someone gets us to fetch, we reach only the hosts on the list, on the open internet,
over https with a certificate that is theirs. Each refusal has a control that is let through.
"""

import datetime as dt
import gzip
import ipaddress
import re
import socket
import ssl
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

import dugnad
from dugnad.status.outbound import Client, NotAllowed, SourceFailed, is_public

pytestmark = pytest.mark.usefixtures("in_english")

PUBLIC = "93.184.215.14"
URL = "https://data.ssb.no/api/klass/v1/classifications"


class Canary(httpx.BaseTransport):
    """Answers everything, and remembers where it was asked."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.answers, self.asked = list(answers), []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self.answers.pop(0) if self.answers else httpx.Response(200, stream=httpx.ByteStream(b"{}"))


def client(folder, canary, *addresses: str, **kwargs) -> Client:
    queue = list(addresses)

    def resolver(_host: str, _port: int) -> list[str]:
        return [queue.pop(0) if len(queue) > 1 else queue[0]] if queue else [PUBLIC]

    return Client(folder=folder, transport=canary, resolver=resolver, sleep=lambda _: None, **kwargs)


@pytest.mark.parametrize(
    "url",
    [
        "http://data.ssb.no/",  # not https
        "file:///etc/passwd",
        "gopher://data.ssb.no/",
        "ftp://data.ssb.no/",
        "//data.ssb.no/",
        "data.ssb.no/",
        "",
        "https://",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://2130706433/",  # 127.0.0.1 as one number
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://data.ssb.no:8443/",  # another port is another service
        "https://data.ssb.no.evil.example/",
        "https://evil.example/data.ssb.no",
        "https://data.ssb.no@evil.example/",
        "https://user:secret@data.ssb.no/",
        "https://data.ssb.no\\@evil.example/",
        "https://data.ssb.no%2eevil.example/",
        "https://dаta.ssb.no/",  # the first a is Cyrillic
        "https://data.ssb.no./",
        "https://data.ssb.no\r\nHost: evil.example/",
        "https://data.ssb.no\t.evil.example/",
    ],
)
def test_an_address_that_is_not_on_the_list_is_never_asked(url, tmp_path):
    canary = Canary()
    with pytest.raises(NotAllowed):
        client(tmp_path, canary).get(url)
    assert canary.asked == []


@pytest.mark.parametrize("url", [URL, "https://DATA.ssb.no/x", "https://data.ssb.no:443/x"])
def test_an_address_on_the_list_is_asked(url, tmp_path):
    canary = Canary()
    assert client(tmp_path, canary).get(url).content == b"{}"
    assert len(canary.asked) == 1


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "192.0.2.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
    ],
)
def test_a_name_that_leads_inside_is_not_followed(address, tmp_path):
    assert not is_public(address)
    canary = Canary()
    with pytest.raises(NotAllowed, match="inside a network"):
        client(tmp_path, canary, address).get(URL)
    assert canary.asked == []


@pytest.mark.parametrize("address", [PUBLIC, "2a00:1450:4001:800::200e", "::ffff:93.184.215.14"])
def test_a_name_that_leads_outside_is_followed(address, tmp_path):
    canary = Canary()
    client(tmp_path, canary, address).get(URL)
    assert len(canary.asked) == 1


def test_one_inner_address_among_many_is_enough_to_refuse(tmp_path):
    canary = Canary()
    asking = Client(folder=tmp_path, transport=canary, resolver=lambda *_: [PUBLIC, "10.0.0.1"])
    with pytest.raises(NotAllowed):
        asking.get(URL)
    assert canary.asked == []


def test_a_name_that_changes_its_mind_is_connected_to_as_it_was_checked(tmp_path):
    # DNS rebinding: the first answer is checked, a second one would lead inside. There is no second one.
    canary = Canary()
    client(tmp_path, canary, PUBLIC, "127.0.0.1").get(URL)
    request = canary.asked[0]
    assert request.url.host == PUBLIC
    assert request.headers["Host"] == "data.ssb.no" and request.extensions["sni_hostname"] == "data.ssb.no"


def test_every_new_try_is_checked_again(tmp_path):
    canary = Canary(httpx.Response(503, stream=httpx.ByteStream(b"")))
    with pytest.raises(NotAllowed):
        client(tmp_path, canary, PUBLIC, "127.0.0.1").get(URL)
    assert len(canary.asked) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("to", ["https://127.0.0.1/", "https://data.ssb.no/other", "file:///etc/passwd"])
def test_no_redirect_is_followed(status, to, tmp_path):
    canary = Canary(httpx.Response(status, headers={"Location": to}, stream=httpx.ByteStream(b"")))
    with pytest.raises(SourceFailed, match="another address"):
        client(tmp_path, canary).get(URL)
    assert len(canary.asked) == 1


def test_proxies_and_secrets_in_the_environment_are_not_used(tmp_path, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    home = tmp_path / "home"
    home.mkdir()
    (home / ".netrc").write_text("machine data.ssb.no login a password b\n")
    monkeypatch.setenv("HOME", str(home))
    canary = Canary()
    client(tmp_path / "times", canary).get(URL)
    assert "Authorization" not in canary.asked[0].headers and "Cookie" not in canary.asked[0].headers


def test_an_answer_without_end_is_cut_off(tmp_path):
    class Endless(httpx.SyncByteStream):
        sent = 0

        def __iter__(self):
            while True:
                self.sent += 1
                yield b"x" * 1000

    endless = Endless()
    with pytest.raises(SourceFailed, match="larger than"):
        client(tmp_path, Canary(httpx.Response(200, stream=endless)), max_bytes=10_000).get(URL)
    assert endless.sent == 11


def test_a_packed_bomb_is_measured_unpacked(tmp_path):
    bomb = gzip.compress(b"0" * 5_000_000)
    answer = httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(bomb))
    assert len(bomb) < 10_000
    with pytest.raises(SourceFailed, match="larger than"):
        client(tmp_path, Canary(answer), max_bytes=1_000_000).get(URL)


# --- A34: certificates ----------------------------------------------------------------------------------------------


def certificate(folder, name: str, *, days: int = 30) -> tuple[str, str]:
    """A self-signed certificate for a name, as files: (certificate, certificate and key)."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=60))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public = folder / f"{name}-{days}.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    both = folder / f"{name}-{days}-key.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )  # fmt: skip
    both.write_bytes(public.read_bytes() + secret)
    return str(public), str(both)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.headers["Host"])
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


@pytest.fixture
def served(tmp_path):
    """Serve with a certificate; gives the port and what was asked."""
    servers = []

    def serve(pem: str) -> HTTPServer:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)

        class Quiet(HTTPServer):
            def handle_error(self, *_):
                pass

        server = Quiet(("127.0.0.1", 0), Handler)
        server.asked = []
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return server

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def asking(folder, server: HTTPServer, host: str) -> Client:
    """A client that may reach this machine, for these tests only."""
    return Client(
        folder=folder,
        hosts=[f"{host}:{server.server_port}"],
        resolver=lambda *_: ["127.0.0.1"],
        may_connect=lambda address: ipaddress.ip_address(address).is_loopback,
        sleep=lambda _: None,
    )


def test_a_certificate_nobody_vouches_for_is_refused(tmp_path, served):
    server = served(certificate(tmp_path, "data.ssb.no")[1])
    with pytest.raises(SourceFailed, match=r"certificate of data\.ssb\.no is not valid"):
        asking(tmp_path, server, "data.ssb.no").get(f"https://data.ssb.no:{server.server_port}/")
    assert server.asked == []


@pytest.mark.parametrize(("name", "days"), [("other.example", 30), ("data.ssb.no", -1)])
def test_a_certificate_for_another_name_or_another_time_is_refused(name, days, tmp_path, served, monkeypatch):
    public, both = certificate(tmp_path, name, days=days)
    monkeypatch.setenv("SSL_CERT_FILE", public)  # vouched for, and still wrong
    server = served(both)
    with pytest.raises(SourceFailed, match="is not valid"):
        asking(tmp_path, server, "data.ssb.no").get(f"https://data.ssb.no:{server.server_port}/")
    assert server.asked == []


def test_a_right_certificate_is_accepted_by_name_though_the_number_is_connected_to(tmp_path, served, monkeypatch):
    # The control of the three above.
    public, both = certificate(tmp_path, "data.ssb.no")
    monkeypatch.setenv("SSL_CERT_FILE", public)
    server = served(both)
    url = f"https://data.ssb.no:{server.server_port}/"
    assert asking(tmp_path, server, "data.ssb.no").get(url).content == b"{}"
    assert server.asked == [f"data.ssb.no:{server.server_port}"]


def test_nothing_else_in_the_product_goes_out():
    """Every import of something that opens connections outside outbound.py is a second way out."""
    root = Path(dugnad.__file__).parent
    going_out = re.compile(r"^\s*(?:import|from) (httpx|requests|urllib\.request|http\.client|aiohttp|urllib3)\b", re.M)
    found = {str(path.relative_to(root)) for path in root.rglob("*.py") if going_out.search(path.read_text())}
    assert found == {"status/outbound.py"}


def test_this_machine_can_tell_its_own_addresses():
    assert not is_public(socket.gethostbyname("localhost"))
