"""The one way out: patient with what passes, plain about what does not, never too eager."""

import multiprocessing
import threading
import time
from datetime import UTC, datetime
from email.utils import format_datetime

import httpx
import pytest

from dugnad.status.outbound import ATTEMPTS, PER_MINUTE, Client, NotAllowed, SourceFailed

pytestmark = pytest.mark.usefixtures("in_english")
URL = "https://data.ssb.no/x"


class Clock:
    """Time that passes when somebody waits."""

    def __init__(self) -> None:
        self.time, self.slept = 1_772_452_800.0, []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


def client(folder, answer, clock: Clock) -> Client:
    return Client(
        folder=folder, transport=httpx.MockTransport(answer), resolver=lambda *_: ["93.184.215.14"],
        now=clock.now, sleep=clock.sleep,
    )  # fmt: skip


def answers(*given):
    """Each in its turn, the last one for ever: a response to build, or an exception to raise."""
    left = list(given)

    def answer(_request):
        status, headers, body = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(status, Exception):
            raise status
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))

    return answer


GOOD = (200, {"Content-Type": "application/json; charset=utf-8"}, b'{"a": 1}')


def test_an_answer_keeps_what_it_is_and_when_it_came(tmp_path):
    raw = client(tmp_path, answers(GOOD), Clock()).get(URL)
    assert (raw.content, raw.media_type, raw.url) == (b'{"a": 1}', "application/json", URL)
    assert raw.fetched_at == datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def test_a_question_is_sent_as_json(tmp_path):
    seen = []

    def answer(request):
        seen.append((request.method, request.headers["Content-Type"], request.content))
        return httpx.Response(200, stream=httpx.ByteStream(b"{}"))

    client(tmp_path, answer, Clock()).post(URL, {"å": [1]})
    assert seen == [("POST", "application/json", '{"å": [1]}'.encode())]


@pytest.mark.parametrize(
    "bad",
    [
        (httpx.ReadTimeout("x"), {}, b""),
        (httpx.ConnectError("x"), {}, b""),
        (httpx.RemoteProtocolError("x"), {}, b""),
        (500, {}, b""),
        (502, {}, b"<html>"),
        (200, {"Content-Length": "99"}, b"{}"),
        (200, {"Content-Encoding": "gzip"}, b"garbage"),
    ],
)
def test_what_passes_is_tried_again_with_longer_and_longer_waits(bad, tmp_path):
    clock = Clock()
    assert client(tmp_path, answers(bad, bad, GOOD), clock).get(URL).content == b'{"a": 1}'
    assert clock.slept == [1.0, 2.0]


def test_what_does_not_pass_is_given_up_in_words(tmp_path):
    clock = Clock()
    with pytest.raises(SourceFailed) as failed:
        client(tmp_path, answers((500, {}, b"")), clock).get(URL)
    assert str(failed.value) == (
        "The source answers 500 (data.ssb.no/x). Try again later; what was published before stands."
    )
    assert len(clock.slept) == ATTEMPTS - 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_what_cannot_pass_is_not_tried_again(status, tmp_path):
    clock = Clock()
    with pytest.raises(SourceFailed) as failed:
        client(tmp_path, answers((status, {}, b'{"title": "no"}')), clock).get(URL)
    assert (failed.value.status, failed.value.content, clock.slept) == (status, b'{"title": "no"}', [])


def test_the_source_says_how_long_to_wait(tmp_path):
    clock = Clock()
    later = format_datetime(datetime.fromtimestamp(clock.time + 60, UTC), usegmt=True)
    given = answers((429, {"Retry-After": "17"}, b""), (503, {"Retry-After": later}, b""), GOOD)
    client(tmp_path, given, clock).get(URL)
    assert clock.slept == [17.0, pytest.approx(43.0)]


def test_a_wait_beyond_patience_is_left_to_the_reader(tmp_path):
    clock = Clock()
    with pytest.raises(SourceFailed, match="429"):
        client(tmp_path, answers((429, {"Retry-After": "3600"}, b"")), clock).get(URL)
    assert clock.slept == []


def test_no_more_than_thirty_a_minute_even_from_a_new_process(tmp_path):
    clock, times = Clock(), []

    def answer(_request):
        times.append(clock.time)
        return httpx.Response(200, stream=httpx.ByteStream(b"{}"))

    for _ in range(4):  # each client is a process of its own: only the folder is shared
        asking = client(tmp_path, answer, clock)
        for _ in range(25):
            asking.get(URL)
    assert len(times) == 100
    for at in times:
        assert sum(at - 60 < other <= at for other in times) <= PER_MINUTE
    assert clock.slept, "the control: without waiting a hundred would have gone at once"


def test_one_at_a_time_from_many_threads(tmp_path):
    state = {"now": 0, "most": 0}

    def answer(_request):
        state["now"] += 1
        state["most"] = max(state["most"], state["now"])
        time.sleep(0.01)
        state["now"] -= 1
        return httpx.Response(200, stream=httpx.ByteStream(b"{}"))

    def ask():
        Client(folder=tmp_path, transport=httpx.MockTransport(answer), resolver=lambda *_: ["93.184.215.14"]).get(URL)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert state["most"] == 1


def _hold(folder, started, done):
    def answer(_request):
        started.set()
        done.wait(120)
        return httpx.Response(200, stream=httpx.ByteStream(b"{}"))

    Client(folder=folder, transport=httpx.MockTransport(answer), resolver=lambda *_: ["93.184.215.14"]).get(URL)


def test_another_process_waits_its_turn(tmp_path):
    context = multiprocessing.get_context("spawn")
    started, done = context.Event(), context.Event()
    other = context.Process(target=_hold, args=(tmp_path, started, done))
    other.start()
    assert started.wait(120)
    finished = threading.Event()

    def ask():
        client(tmp_path, answers(GOOD), Clock()).get(URL)
        finished.set()

    thread = threading.Thread(target=ask)
    thread.start()
    assert not finished.wait(0.3), "the other process still holds the host"
    done.set()
    thread.join(120)
    other.join(120)
    assert finished.is_set() and other.exitcode == 0


def test_the_installation_asks_only_the_hosts_in_its_settings(settings, tmp_path):
    settings.OUTBOUND_HOSTS, settings.DATA_DIR = ["statistics.example"], tmp_path
    with pytest.raises(NotAllowed, match="DUGNAD_OUTBOUND_HOSTS"):
        Client.of_installation().get(URL)
