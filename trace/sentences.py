"""What a person reads about any code of the ledger, in Chinese or English, and what to do next (DESIGN §9, P8)."""

from collections.abc import Mapping

from chain.codes import CODES as CHAIN
from chain.errors import ChainError, Sentence
from chain.store.codes import CODES as STORE
from trace.drugs.errors import CODES as DRUGS
from trace.drugs.evidence_codes import CODES as EVIDENCE
from trace.gs1.errors import CODES as GS1
from trace.parties.errors import BODY
from trace.parties.errors import CODES as PARTIES

CARRIER: Mapping[str, Sentence] = {
    code: Sentence(
        "交易的 JSON 载体残缺或不合要求。",
        "The transaction's JSON carrier is incomplete or does not fit.",
        "按接口文档改正后重新发送。",
        "Correct it as the description of the interface says, and send it again.",
    )
    for code in ("carrier.type", "carrier.field")
}
"""Codes of the JSON form in which a transaction travels over HTTP."""
TABLES: tuple[Mapping[str, Sentence], ...] = (CHAIN, STORE, CARRIER, GS1, PARTIES, DRUGS, EVIDENCE)
"""The tables of all packages below the web and the command line, which have their own."""
BODY_ENDING = ".body.field"
"""Every module's code for a body that does not fit its schema."""
BLOCK_BEGINNING = "block."
"""What the code of a fault in a block's votes section begins with."""
UNKNOWN = Sentence(
    "未通过检查。", "It did not pass the checks.", "见代码、应为与实为。", "See the code, what was expected and what was found."
)
"""For a code that no table knows."""

_FACTS = {"zh": ("应为", "实为", ",", ":", "。"), "en": ("Expected", "found", ", ", ": ", ".")}


def find_sentence(code: str) -> Sentence | None:
    """The sentence of a code, or None where no table has it."""
    for table in TABLES:
        if code in table:
            return table[code]
    if code.endswith(BODY_ENDING):
        return BODY
    return find_sentence(code.removeprefix(BLOCK_BEGINNING)) if code.startswith(BLOCK_BEGINNING) else None


def sentence(code: str) -> Sentence:
    """The sentence of a code; a general one where no table has it."""
    return find_sentence(code) or UNKNOWN


def explain(error: ChainError, language: str) -> dict[str, object]:
    """The error for a reader: `code`, `expected`, `found`, `field` or `line`, `message` (sentence with the facts) and `next`.

    `language` is `zh` or `en`; any other reads English. Values from outside stand in `message` as they are: escape it where it is shown.
    """
    words = sentence(error.code)
    chinese = language == "zh"
    head, step = (words.zh, words.next_zh) if chinese else (words.en, words.next_en)
    facts = _describe_facts(error, "zh" if chinese else "en")
    return {**error.as_json(), "message": f"{head}{'' if chinese or not facts else ' '}{facts}", "next": step}


def _describe_facts(error: ChainError, language: str) -> str:
    """`Expected: x, found: y.`, as far as there is anything to say."""
    expected, found, comma, colon, stop = _FACTS[language]
    parts = [f"{word}{colon}{fact}" for word, fact in ((expected, error.expected), (found, error.found)) if fact]
    return comma.join(parts) + stop if parts else ""
