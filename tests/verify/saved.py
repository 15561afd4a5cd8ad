"""The verifier page saved on a disk, in a browser whose network is off."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from chain import codec
from trace import verifier

WAIT_S = 20
"""Longer than a check takes on a slow machine."""
OFFLINE = {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
"""No network at all."""
FILL = """
for (const [name, value] of Object.entries(arguments[0])) document.getElementById(name).value = value;
"""
"""Fills the form; the fields are set, not typed: a page that still scrolls smoothly would move under a pointer."""
REMEMBER = "localStorage.setItem(`pharmatrace/head/${arguments[0]}`, arguments[1]);"
"""What the device has seen before."""


class SavedPage:
    """Pages with their anchors, written where the browser opens them from."""

    def __init__(self, browser: webdriver.Chrome, folder: Path) -> None:
        self.browser, self.folder = browser, folder

    def file(self, anchor: Mapping[str, Any]) -> Path:
        """The page that pins an anchor, good or not."""
        data = verifier.page(codec.encode(anchor))
        path = self.folder / f"{hashlib.sha256(data).hexdigest()[:16]}.html"
        if not path.exists():
            path.write_bytes(data)
        return path

    def open(self, anchor: Mapping[str, Any], now: int) -> None:
        """Opens a page that has seen nothing yet, with the network off and the clock set."""
        browser = self.browser
        browser.execute_cdp_cmd("Network.enable", {})
        browser.execute_cdp_cmd("Network.emulateNetworkConditions", OFFLINE)
        clock = browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": f"Date.now = () => {now};"})
        browser.get(self.file(anchor).as_uri() + "?lang=en")
        browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", clock)
        browser.execute_script("localStorage.clear()")

    def online(self) -> None:
        """The network is back."""
        self.browser.execute_cdp_cmd(
            "Network.emulateNetworkConditions", {**OFFLINE, "offline": False, "downloadThroughput": -1, "uploadThroughput": -1}
        )

    def remember(self, chain: str, size: int, root: bytes, origin: str) -> None:
        """The device has seen this head before."""
        self.browser.execute_script(REMEMBER, chain, json.dumps({"origin": origin, "size": size, "root": root.hex()}))

    def judge(self, data: bytes, ask: Mapping[str, Any]) -> Any:
        """Gives the page evidence as a file, and the question; the element with the result."""
        fields = {"code": ask["scan"] or "", "place": ask["place"] or "", "viewer": ask["viewer"], "answer": ask["answer"] or ""}
        self.browser.execute_script(FILL, fields)
        path = self.folder / "evidence.json"
        path.write_bytes(data)
        self.browser.find_element(By.ID, "file").send_keys(str(path))
        return WebDriverWait(self.browser, WAIT_S).until(lambda driver: driver.find_element(By.CSS_SELECTOR, "[data-device]"))

    def steps(self) -> list[tuple[int, str]]:
        """Number and state of every step that is shown."""
        found = self.browser.find_elements(By.CSS_SELECTOR, "[data-step]")
        return [(int(step.get_attribute("data-step") or -1), step.get_attribute("data-state") or "") for step in found]
