"""The same phone with a real browser: whatever is judged, the verifier page saved on its disk judges too, with the network off."""

from typing import Any

from tests.attacks.phone import Phone
from tests.trace.drugs.bundle_goods import Goods
from tests.trace.world import BRIDGE
from tests.verify.saved import SavedPage
from trace.drugs.outcome import Outcome


class BrowserPhone(Phone):
    """Every answer of Python's rules is demanded of the page in Chromium."""

    def __init__(self, goods: Goods, page: SavedPage) -> None:
        super().__init__(goods)
        self.page = page

    def judge_bytes(self, data: bytes, name: str, **ask: Any) -> Outcome:
        """As `Phone.judge_bytes`; the page shows the same verdict and light, and names the step and the code of a refusal."""
        outcome = super().judge_bytes(data, name, **ask)
        asked = self.goods.ask(name, **{"viewer": "pharmacy", "place": BRIDGE, **ask})
        self.page.open(self.anchor, asked["now"])
        if asked["remembered"] is not None:
            known = asked["remembered"]
            self.page.remember(self.anchor["chain"], known.size, known.root, known.origin)
        card = self.page.judge(data, asked)
        assert (card.get_attribute("data-device"), card.get_attribute("data-light")) == (outcome.verdict.code, outcome.verdict.light)
        refusal = outcome.refusal
        heading = card.find_element("tag name", "h2").text
        assert heading == ("Checked on this device" if refusal is None else "The check on this device failed"), heading
        states = self.page.steps()
        assert [number for number, state in states if state == "refused"] == ([] if refusal is None else [refusal.number])
        assert refusal is None or str(refusal.code) in card.text
        assert outcome.verdict.light == "green" or not self.page.browser.find_elements("css selector", ".verdict.green")
        return outcome
