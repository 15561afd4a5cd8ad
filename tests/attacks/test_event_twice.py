"""A server whose attesters lie lets a transaction stand twice in a history: an old reversal of a sale takes back the next sale too.

No ledger carries a transaction a second time, so a history that has one twice is refused, whether it is shown or only named.
"""

from tests.attacks.phone import Phone, assert_refused
from tests.trace.drugs.forging import Forgery

CODE = "evidence.history.head"


def _run(forged: Forgery) -> str:
    return next(key for key in forged.entries if key.startswith("run/"))


def test_a_reversal_does_not_count_for_the_next_sale(phone: Phone) -> None:
    assert_refused(phone.judge_forged("undone", lambda forged: forged.repeat(_run(forged), "drugs.dispense", "drugs.undo")), CODE, 8)


def test_nor_under_its_name(phone: Phone) -> None:
    """Named by its id, as transactions are that are not shown."""

    def forge(forged: Forgery) -> None:
        forged.repeat(_run(forged), "drugs.dispense", "drugs.undo")
        (history,) = (each for each in forged.bundle["histories"] if each["key"] == _run(forged))
        history["events"] = [*history["events"][:-2], *(["ab" * 32, *where] for _, *where in history["events"][-2:])]

    assert_refused(phone.judge_forged("undone", forge), CODE, 8)
