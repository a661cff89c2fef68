"""SSB as it behaves, in this process: PxWebApi 2 with its limits, its manners and its bad days.

    ssb = FakeSSB()
    client = ssb.client(tmp_path)

The limits are always kept: 30 queries in 60 seconds, one at a time, 800 000 cells, and a web page for a long address.
`fault` names one thing that goes wrong (see FAULTS). Time is the fake's own: waiting costs nothing.
"""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx

from dugnad.status.outbound import Client

TABLE = "06913"
MORNING = datetime(2026, 3, 2, 12, 0, tzinfo=UTC).timestamp()
NIGHT = datetime(2026, 3, 2, 6, 0, tzinfo=UTC).timestamp()  # 07:00 in Oslo

# What is wrong, and a word that the sentence to the reader must have.
FAULTS = {
    "timeout": "in time",
    "too many requests": "429",
    "server error": "500",
    "closed in the morning": "08:15",
    "connection reset": "broke",
    "truncated JSON": "in the middle",
    "wrong Content-Length": "broke off",
    "web page with 200": "not JSON",
    "gzip garbage": "packed wrongly",
    "error body with 200": "Non-existent table",
    "other status inside": "Non-existent table",
    "vanished table": "Non-existent table",
    "changed code list": "no longer has",
    "changed unit": "The unit is",
    "extra dimension": "not asked for",
    "new missing mark": "mark",
    "half the municipalities": "without",
    "all zeros": "zero",
    "times 1000": "expected range",
    "wrong sizes": "are announced",
}


class FakeSSB(httpx.BaseTransport):
    """`places` municipalities, two contents, the years 2020 to 2024; the value of a cell follows from its place."""

    def __init__(self, *, places: int = 357, fault: str = "", until: int = 10**9, night: bool = False) -> None:
        assert not fault or fault in FAULTS
        self.fault, self.until = fault, until  # `until`: how many answers are bad before it gets well
        self.time = NIGHT if night or fault == "closed in the morning" else MORNING
        self.dimensions = {
            "Region": [f"{1000 + number:04d}" for number in range(places)],
            "ContentsCode": ["Folkemengde", "Fodte"],
            "Tid": [str(year) for year in range(2020, 2025)],
        }
        self.times: list[float] = []
        self.answered_429 = self.most_in_flight = self.in_flight = self.bad = 0

    def client(self, folder: Path) -> Client:
        return Client(
            folder=folder,
            transport=self,
            resolver=lambda *_: ["93.184.215.14"],
            now=lambda: self.time,
            sleep=self.sleep,
        )

    def sleep(self, seconds: float) -> None:
        self.time += seconds

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["Host"] == "data.ssb.no"
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            self.time += 0.2
            self.times = [*(at for at in self.times if at > self.time - 60), self.time]
            if len(self.times) > 30:
                self.answered_429 += 1
                return self._sent(self._problem(429, "Too many requests", 429))
            if len(str(request.url)) > 2000:
                return self._sent(httpx.Response(404, html="<html>404 - File or directory not found.</html>"))
            return self._sent(self._answer(request))
        finally:
            self.in_flight -= 1

    def _answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api/pxwebapi/v2")
        fault = self.fault if self.bad < self.until else ""
        is_data = path.endswith("/data")
        if fault and (is_data or fault in ("vanished table", "other status inside")):
            self.bad += 1
        elif fault not in ("changed code list",):
            fault = ""
        if path not in (f"/tables/{TABLE}/metadata", f"/tables/{TABLE}/data") or fault == "vanished table":
            return self._problem(404, "Non-existent table", 404)
        if fault == "other status inside":
            return self._problem(400, "Non-existent table", 404)
        if not is_data:
            codes = {name: list(own) for name, own in self.dimensions.items()}
            if fault == "changed code list":
                codes["ContentsCode"] = ["Folkemengde2", "Fodte"]
            return self._json(self._document(codes))
        assert request.method == "POST" and parse_qs(request.url.query.decode())["outputFormat"] == ["json-stat2"]
        selected = {s["variableCode"]: s["valueCodes"] for s in json.loads(request.content)["selection"]}
        for name, own in self.dimensions.items():
            if name not in selected:
                return self._problem(400, "Missing selection for mandantory variable", 400)
            if not set(selected[name]) <= set(own):
                return self._problem(400, "Non-existent value", 400)
        cells = 1
        for codes in selected.values():
            cells *= len(codes)
        if cells > 800_000:
            return self._problem(403, "Too many cells selected", 403)
        return self._data(selected, fault)

    def _data(self, selected: dict[str, list[str]], fault: str) -> httpx.Response:
        if fault == "timeout":
            raise httpx.ReadTimeout("fake")
        if fault == "connection reset":
            raise httpx.ReadError("fake")
        if fault == "too many requests":
            return httpx.Response(429, headers={"Retry-After": "7"}, json={})
        if fault == "server error":
            return httpx.Response(500, text="")
        if fault == "closed in the morning":
            return httpx.Response(503, html="<html>Stengt</html>")
        if fault == "web page with 200":
            return httpx.Response(200, html="<html><body>Velkommen</body></html>")
        if fault == "gzip garbage":
            return httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=_Once(b"\x1f\x8bnonsense"))
        if fault == "error body with 200":
            return self._problem(200, "Non-existent table", 404)
        codes = {name: list(own) for name, own in selected.items()}
        if fault == "half the municipalities":
            codes["Region"] = codes["Region"][::2]
        if fault == "extra dimension":
            codes["Kjonn"] = ["1"]
        document = self._document(codes)
        document["value"] = [self.value(dict(zip(codes, cell, strict=True))) for cell in product(*codes.values())]
        if fault == "all zeros":
            document["value"] = [0] * len(document["value"])
        if fault == "times 1000":
            document["value"] = [value * 1000 for value in document["value"]]
        if fault == "changed unit":
            document["dimension"]["ContentsCode"]["category"]["unit"]["Folkemengde"]["base"] = "1000 personer"
        if fault == "new missing mark":
            document["value"][3], document["status"] = None, {"3": "¤"}
        if fault == "wrong sizes":
            document["value"].pop()
        content = json.dumps(document, separators=(",", ":")).encode()
        if fault == "truncated JSON":
            content = content[: len(content) // 2]
        if fault == "wrong Content-Length":
            return httpx.Response(200, headers={"Content-Length": str(len(content) + 50)}, stream=_Once(content))
        packed = gzip.compress(content, 1)
        return httpx.Response(
            200,
            headers={
                "Content-Type": "application/json",
                "Content-Encoding": "gzip",
                "Content-Length": str(len(packed)),
            },
            stream=_Once(packed),
        )

    def value(self, cell: dict[str, str]) -> int:
        """What the table says of a cell: all places differ, and so do all years."""
        people = int(cell["Region"]) * 10 + int(cell["Tid"])
        return people if cell["ContentsCode"] == "Folkemengde" else people // 100

    def _document(self, codes: dict[str, list[str]]) -> dict[str, Any]:
        dimension: dict[str, Any] = {
            name: {
                "label": name,
                "category": {"index": {c: i for i, c in enumerate(own)}, "label": {c: c for c in own}},
            }
            for name, own in codes.items()
        }
        dimension["ContentsCode"]["category"]["unit"] = {
            code: {"base": "personer", "decimals": 0} for code in codes["ContentsCode"]
        }
        return {
            "version": "2.0",
            "class": "dataset",
            "label": f"{TABLE}: Befolkning",
            "source": "Statistisk sentralbyrå",
            "id": list(codes),
            "size": [len(own) for own in codes.values()],
            "role": {"time": ["Tid"], "geo": ["Region"], "metric": ["ContentsCode"]},
            "dimension": dimension,
        }

    @staticmethod
    def _sent(response: httpx.Response) -> httpx.Response:
        """The answer as it comes over the wire: its bytes have not been read yet."""
        if isinstance(response.stream, _Once):
            return response
        return httpx.Response(response.status_code, headers=response.headers, stream=_Once(response.content))

    @staticmethod
    def _json(document: dict[str, Any]) -> httpx.Response:
        return httpx.Response(200, json=document)

    @staticmethod
    def _problem(status: int, title: str, inside: int) -> httpx.Response:
        return httpx.Response(status, json={"type": "Parameter error", "title": title, "status": inside})


class _Once(httpx.SyncByteStream):
    """A body as it comes over the wire, whatever the headers say of it."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __iter__(self) -> Iterator[bytes]:
        yield self._content
