"""A browser before the page of a pack, and the server behind it, which can be told to lie."""

import json
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, request
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from chain import codec
from tests.web.conftest import Example
from trace.drugs.bundle import DEPTH_LIMIT, MEDIA_TYPE
from trace.ledger import Ledger
from trace.web import create_app

WAIT_S = 20
"""Longer than a check takes on a slow machine."""
DAY_MS = 86_400_000
"""A day, ms."""
KEPT = """
const [done] = arguments, pages = navigator.serviceWorker.ready.then(() => caches.open("pharmatrace-pages-1"));
pages.then((found) => found.keys()).then((keys) => done(keys.length));
"""
"""How many pages the service worker has kept, once it is ready."""
FORGET = """
const [done] = arguments, all = (made, each) => made.then((found) => Promise.all(found.map(each)));
localStorage.clear();
const kept = [all(caches.keys(), (name) => caches.delete(name))];
kept.push(all(navigator.serviceWorker.getRegistrations(), (one) => one.unregister()));
Promise.all(kept).then(done, done);
"""
"""Forgets everything that the server's pages have kept."""

EVIDENCE = re.compile(r'(<script type="application/json" id="evidence">)[^<]*(</script>)')
"""The evidence in a page."""
MOST_CARRIED = 2_000_000
"""Larger evidence is not put into a page; the device asks for it then."""

Tamper = Callable[[dict[str, Any]], dict[str, Any] | bytes]
"""What a lying server does to a bundle."""


class Liar:
    """A server that can be told to lie: about the verdict (`says`: what is replaced in pages), in the evidence (`tamper`), with pages
    of its own (`serves`: path -> page); or to be gone once it has answered an address that contains a text (`leaves`)."""

    def __init__(self, ledger: Ledger, anchor: bytes, second: str = "") -> None:
        self.app: Flask = create_app({"LEDGER": ledger, "ANCHOR": anchor, "SECOND_NODE": second})
        self.honest: Flask = create_app({"LEDGER": ledger, "ANCHOR": anchor})
        self.tamper: Tamper | None = None
        self.says: tuple[str, str] | None = None
        self.serves: dict[str, str] = {}
        self.leaves: str | None = None
        self.is_gone = False
        self.asked: list[str] = []
        """Method and address of everything that was asked for, first to last."""
        self.app.before_request(self.replace)
        self.app.after_request(self.change)

    def honest_again(self) -> None:
        """Stops lying."""
        self.tamper = self.says = None
        self.serves, self.leaves, self.is_gone, self.asked = {}, None, False, []

    def replace(self) -> Response | None:
        """Answers with a page of its own, or not at all."""
        self.asked.append(f"{request.method} {request.full_path}")
        if self.is_gone:
            request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise ConnectionAbortedError
        found = self.serves.get(request.path)
        return None if found is None else Response(found, mimetype="text/html")

    def change(self, response: Response) -> Response:
        """Changes an answer on its way."""
        self.is_gone = self.is_gone or (self.leaves is not None and self.leaves in request.full_path)
        if response.mimetype == MEDIA_TYPE and self.tamper is not None:
            response.headers.pop("Content-Encoding", None)
            response.set_data(self.tampered())
        if response.mimetype == "text/html" and not response.headers.get("Content-Encoding"):
            response.set_data(self.changed(response.get_data(as_text=True)))
        return response

    def changed(self, page: str) -> str:
        """A page with the evidence and the answer that it is told to show."""
        if self.tamper is not None:
            page = EVIDENCE.sub(self.carried, page)
        return page if self.says is None else page.replace(*self.says)

    def carried(self, found: re.Match[str]) -> str:
        """The evidence in a page after what was done to it."""
        data = self.tampered()
        return found[1] + data.decode().replace("<", "\\u003c") + found[2] if len(data) < MOST_CARRIED else ""

    def tampered(self) -> bytes:
        """The evidence of this request after what was done to it."""
        assert self.tamper is not None
        changed = self.tamper(json.loads(self.bundle(request.full_path)))
        return changed if isinstance(changed, bytes) else codec.encode(changed, DEPTH_LIMIT)

    def bundle(self, path: str) -> bytes:
        """The honest bundle of an address."""
        data: bytes = self.honest.test_client().get(path, headers={"Accept": MEDIA_TYPE}).data
        return data


@contextmanager
def clock(browser: webdriver.Chrome, now: int) -> Iterator[None]:
    """Pages opened meanwhile read this time."""
    script = browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": f"Date.now = () => {now};"})
    yield
    browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)


@dataclass(frozen=True)
class Scene:
    """Everything that a test of the device's check needs."""

    browser: webdriver.Chrome
    liar: Liar
    address: str
    now: int
    """When the newest head was signed, ms."""
    examples: list[Example]
    anchor: dict[str, Any]

    def path(self, verdict: str) -> str:
        """Path of the example with this verdict, in English."""
        return f"{next(each for each in self.examples if each['verdict'] == verdict)['path']}&lang=en"

    def fresh(self) -> None:
        """Makes it a device that has seen nothing yet."""
        self.browser.get(f"{self.address}/scan")
        self.browser.execute_async_script(FORGET)
        self.browser.execute_cdp_cmd("Network.clearBrowserCache", {})
        self.browser.get("about:blank")  # no page holds the service worker any more
        self.browser.get(f"{self.address}/scan")

    def device(self, path: str, later: int = 0) -> Any:
        """The device's card on a page, so many ms after the newest head was signed."""
        with clock(self.browser, self.now + later):
            self.browser.get(self.address + path)
        return WebDriverWait(self.browser, WAIT_S).until(lambda driver: driver.find_element(By.CSS_SELECTOR, "#device > *"))

    def light(self) -> str:
        """Classes of the large light above, its colour among them."""
        return str(self.browser.find_element(By.CSS_SELECTOR, ".verdict").get_attribute("class"))

    def overflow(self) -> int:
        """CSS pixels by which the page is wider than the window."""
        return int(self.browser.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    def complaints(self) -> list[Any]:
        """What the browser has complained about since it was asked last."""
        untyped: Any = self.browser
        return [entry for entry in untyped.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]
