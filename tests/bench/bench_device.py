"""The device's own check in Chromium: first and warm, at full speed and throttled, and how long after a navigation over a slow line.

`python -m tests.bench.bench_device [--loads 15]`. Every load is a page of a pack of the demonstration in a browser that has seen nothing.
"""

import gzip
import json
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from flask.testing import FlaskClient
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from chain import anchor as anchors
from chain.clock import SystemClock
from tests.chromium import chromium
from tests.serving import serving
from trace.demo.build import build_demo
from trace.ledger import Ledger, open_ledger
from trace.verifier import DEVICE, script
from trace.web import assets, create_app
from trace.web.verifier import LATER

LATENCY_MS, BYTES_PER_S = 400, 50_000
"""The slow line."""
THROTTLES = (1, 4)
"""How many times slower the processor is made."""
WAIT_S = 60
"""Longer than any load here."""
TIMES = """
const check = performance.getEntriesByName("check")[0], paint = performance.getEntriesByName("first-contentful-paint")[0];
const sent = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
return check && [check.duration, check.startTime + check.duration, paint?.startTime ?? 0, sent.map((one) => [one.name, one.transferSize])];
"""
"""Duration of the check, its end and the first paint after the navigation began, ms; what was loaded and its bytes, headers included."""
WARM = """
const [rounds, done] = arguments;
(async () => {
  const { check } = await import("/static/verify/evidence/check.js"), { utf8 } = await import("/static/verify/bytes.js");
  const { parseText } = await import("/static/verify/gs1/forms.js"), times = [];
  const data = utf8(document.getElementById("evidence").textContent), anchor = JSON.parse(document.getElementById("anchor").textContent);
  const scan = location.href, question = { now: Date.now(), scan, viewer: "consumer" };
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    await check(data, anchor, question, parseText);
    times.push(performance.now() - start);
  }
  done(times);
})();
"""
"""The same check over and over in one page, ms each."""
PARTS = ("css/pharmatrace.css", "img/icons.svg", "img/mark.svg")
"""Files of a verdict page beside itself."""


@contextmanager
def demonstration() -> Iterator[tuple[Path, Ledger, bytes]]:
    """The demonstration's folder, its ledger and its anchor."""
    with tempfile.TemporaryDirectory() as folder:
        path = build_demo(Path(folder) / "data", SystemClock().now()).path
        with open_ledger(path) as ledger:
            made = ledger.anchors.renew(ledger.node) or ledger.anchors.newest()
            assert made is not None
            yield path, ledger, anchors.encode(made)


def load(browser: webdriver.Chrome, address: str) -> Any:
    """Opens a page as a device that has seen nothing; what `TIMES` gives once the verdict is there."""
    for storage in ("cookies", "local_storage", "cache_storage", "service_workers"):
        browser.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": "/".join(address.split("/")[:3]), "storageTypes": storage})
    browser.execute_cdp_cmd("Network.clearBrowserCache", {})
    browser.get(address)
    WebDriverWait(browser, WAIT_S).until(lambda driver: driver.find_elements(By.CSS_SELECTOR, "[data-device]"))
    return browser.execute_script(TIMES)


def slow(browser: webdriver.Chrome, *, is_slow: bool) -> None:
    """Slows the line, or makes it as fast as it is."""
    rate = BYTES_PER_S if is_slow else -1
    conditions = {"offline": False, "latency": LATENCY_MS if is_slow else 0, "downloadThroughput": rate, "uploadThroughput": rate}
    browser.execute_cdp_cmd("Network.emulateNetworkConditions", conditions)


def spread(values: list[float]) -> str:
    """Middle and extremes."""
    return f"{statistics.median(values):7.1f} ms (least {min(values):.1f}, most {max(values):.1f})"


def sizes(paths: list[str], client: FlaskClient) -> None:
    """Prints what a device receives for the first page of a pack, gzip."""
    pages = [len(client.get(f"{path}&lang={lang}", headers={"Accept-Encoding": "gzip"}).data) for path in paths for lang in ("zh", "en")]
    beside = [len(gzip.compress(assets.files()[name].data, 9)) for name in PARTS]
    elsewhere = {name: f"/verify/{file}?v=0123456789" for file, name in LATER.items()}
    parts = [len(gzip.compress(script(DEVICE, lang, elsewhere).encode(), 9)) for lang in ("zh", "en")]
    steps = len(gzip.compress(script("evidence/check.js", None, elsewhere).encode(), 9))
    print(f"page of a pack, all in one: middle {statistics.median(pages):,.0f} bytes, most {max(pages):,}")
    print(f"  of these the script: zh {parts[0]:,}, en {parts[1]:,}; the steps alone {steps:,}")
    print(f"style {beside[0]:,}, icons {beside[1]:,} and {beside[2]:,}; all in all: middle {statistics.median(pages) + sum(beside):,.0f}")


def measure(browser: webdriver.Chrome, address: str, loads: int) -> None:
    """Prints the times."""
    for throttle in THROTTLES:
        browser.execute_cdp_cmd("Emulation.setCPUThrottlingRate", {"rate": throttle})
        slow(browser, is_slow=False)
        first = [load(browser, address)[0] for _ in range(loads)]
        warm = browser.execute_async_script(WARM, 2 * loads)[loads // 2 :]
        slow(browser, is_slow=True)
        far = [load(browser, address) for _ in range(max(loads // 3, 1))]
        slow(browser, is_slow=False)
        print(f"processor slowed {throttle} times")
        print(f"  first check in a fresh page   {spread(first)}")
        print(f"  warm                          {spread(warm)}")
        print(f"  {LATENCY_MS} ms, {BYTES_PER_S // 1000} kB/s: verdict after navigation {spread([each[1] for each in far])}")
        print(f"  first paint                   {spread([each[2] for each in far])}")
    browser.execute_cdp_cmd("Emulation.setCPUThrottlingRate", {"rate": 1})


@click.command()
@click.option("--loads", default=15, show_default=True, help="Loads for each figure.")
def main(loads: int) -> None:
    """Prints sizes and times."""
    with demonstration() as (folder, ledger, anchor), tempfile.TemporaryDirectory() as profile, chromium(Path(profile)) as browser:
        examples = json.loads((folder / "demo.json").read_text("utf-8"))["examples"]
        app = create_app({"LEDGER": ledger, "ANCHOR": anchor})
        sizes([each["path"] for each in examples if each["scan"] and "/21/" in each["path"]], app.test_client())
        path = next(each["path"] for each in examples if each["verdict"] == "GENUINE_NOT_YET_SOLD")
        with serving(app) as address:
            browser.execute_cdp_cmd("Network.enable", {})
            measure(browser, address + path, loads)


if __name__ == "__main__":
    main()
