"""Everything that is linked to is there."""

import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from itertools import groupby
from urllib.parse import urldefrag, urljoin, urlsplit

from tests.journeys.product import Product

MOST_OF_A_KIND = 5  # pages of one kind differ in their data only; each municipality is visited elsewhere


def links(page: str, at: str) -> set[str]:
    """Addresses on this site that a page links to, without their fragments."""
    found = (urljoin(at, unescape(link)) for link in re.findall(r'(?:href|src|action)="([^"]+)"', page))
    return {urldefrag(link)[0] for link in found if urlsplit(link).netloc == urlsplit(at).netloc}


def kind_of(address: str) -> str:
    """Its route, nearly: /nn/kommune/4003/mal/13.csv?a=1 -> /kommune/*/mal/*.csv?a"""
    parts = urlsplit(address)
    path = re.sub(r"^/(nb|nn|en)/", "/", parts.path)
    path = re.sub(r"/(?=[^/]*[\d.:_])[^/.]+(?:\.[^/]*?)??(?=(?:\.(?:csv|json|parquet))?(?:/|$))", "/*", path)
    return f"{path}?{'&'.join(sorted(set(re.findall(r'(?:^|&)([a-z]+)=', parts.query))))}"


def test_every_link_leads_somewhere(product: Product) -> None:
    sitemap = product.get("/sitemap.xml").text
    listed = []
    for part in re.findall(r"<loc>(.+?)</loc>", sitemap):
        listed += re.findall(r"<loc>(.+?)</loc>", product.get(part).text)
    assert len(listed) > 3 * (357 + 15)
    assert all(address.startswith(product.url) for address in listed)

    waiting, seen, broken = sample(listed, set()), set(), {}
    while waiting:
        seen |= waiting
        found: set[str] = set()
        with ThreadPoolExecutor(4) as pool:
            for address, (status, more) in zip(waiting, pool.map(lambda a: visit(product, a), waiting), strict=True):
                if status >= 400:
                    broken[address] = status
                found |= more
        waiting = sample(found, seen)
    assert len(seen) > 200
    assert broken == {}


def visit(product: Product, address: str) -> tuple[int, set[str]]:
    answer = product.get(address)
    if "location" in answer.headers:
        return answer.status_code, links(f'href="{answer.headers["location"]}"', address)
    is_page = answer.headers.get("content-type", "").startswith("text/html")
    return answer.status_code, links(answer.text, address) if is_page else set()


def sample(addresses: set[str] | list[str], seen: set[str]) -> set[str]:
    """Of each kind those that may still be visited: `MOST_OF_A_KIND` in all."""
    visited: dict[str, int] = {}
    for address in seen:
        visited[kind_of(address)] = visited.get(kind_of(address), 0) + 1
    chosen: set[str] = set()
    fresh = sorted(set(addresses) - seen, key=lambda address: (kind_of(address), address[-3:], address))
    for kind, some in groupby(fresh, kind_of):
        chosen |= set(list(some)[: MOST_OF_A_KIND - visited.get(kind, 0)])
    return chosen


def test_kinds_of_addresses_are_told_apart() -> None:
    assert kind_of("http://x/nn/kommune/4003/mal/13.csv?a=1") == kind_of("http://x/en/kommune/X101/mal/1.csv?a=2")
    assert kind_of("http://x/nb/indikator/u4ssc.2017.EC:ICT:ICT:1C/metode") == "/indikator/*/metode?"
    assert kind_of("http://x/nb/indikator/u4ssc.2017.EC:ICT:ICT:1C.csv") == "/indikator/*.csv?"
    assert kind_of("http://x/nb/kommune/4003") != kind_of("http://x/nb/kommune/4003.csv")
