"""How settled something is, in the words of PROTOCOL §6: accepted (provisional), in a block with its depth, final. Depth is never called
final. What lost against another transaction is `conflicted` (DOMAIN §4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from chain import work
from chain.node import Node
from trace.web.models import Text

ASSUMED_SHARE = Fraction(1, 10)
"""Attacker's share of the hash power that pages assume where the reader has not said one (S-13)."""
CONSORTIUM = 4
"""Attesters from which finality is more than one operator's word: with three, one may not even be away (PROTOCOL §6)."""
DEPTH_SHOWN = 60
"""Blocks behind a block beyond which the paper's probability is no longer worth computing."""


LEVELS: Mapping[str, tuple[str, str]] = {
    "pending": ("已受理(暂定)", "accepted (provisional)"),
    "stored": ("已受理(暂定)", "accepted (provisional)"),
    "in_block": ("已入块(仍可能变动)", "in a block (can still change)"),
    "final": ("已终局", "final"),
    "conflicted": ("未入账:另一笔在先", "not on the ledger: another came first"),
}
"""Level of a transaction -> its words. `stored` is the level of a receipt, `pending` the same thing asked later."""


def level_text(level: str, operator: Text = "") -> Mapping[str, str]:
    """A level in words. With one `operator` nothing is called final without naming whose word it is."""
    if level == "final" and operator:
        zh, en = (operator if isinstance(operator, str) else spoken(operator, lang) for lang in ("zh", "en"))
        return {"zh": f"由{zh}记录", "en": f"recorded by {en}"}
    zh, en = LEVELS[level]
    return {"zh": zh, "en": en}


def meaning(found: "Settled") -> Mapping[str, str]:
    """What a level promises, in a sentence (PROTOCOL §6)."""
    sentences = {
        "pending": (
            "本节点已落盘保存,尚未入块;若另一节点先受理了与它冲突的一笔,账本可能只留那一笔。",
            "On this node's disk, in no block yet. Where another node took one that excludes it, the ledger may keep that one.",
        ),
        "in_block": (
            f"已入块,其上有 {found.depth} 块;尚未终局的区块仍可能被替换,深度再大也不是终局。",
            f"In a block with {found.depth} above it. Until it is final a block can still be replaced; depth is never final.",
        ),
        "conflicted": (
            "账本没有接受它:另一笔在先。以下是本节点自己的记录。",
            "The ledger did not take it: another came first. What follows is this node's own record.",
        ),
    }
    zh, en = sentences.get(found.level, ("已终局,不再变动。", "Final: it can no longer change."))
    return {"zh": zh, "en": en}


def spoken(text: Mapping[str, str], lang: str) -> str:
    """A text in a language, or in the one that it has."""
    return text.get(lang) or next(iter(text.values()), "")


@dataclass(frozen=True, slots=True)
class Settled:
    """How settled something is."""

    level: str
    """`pending`, `in_block`, `final` or `conflicted`."""
    height: int | None = None
    """Height of its block."""
    depth: int | None = None
    """Blocks on top of it."""
    odds: str = ""
    """Probability that an attacker with the assumed share overtakes it, the paper's model; for `in_block`."""

    @property
    def light(self) -> str:
        """Colour of its chip."""
        return {"final": "green", "in_block": "blue", "conflicted": "red"}.get(self.level, "amber")

    @property
    def words(self) -> Mapping[str, str]:
        """Its words, whoever operates the ledger."""
        return level_text(self.level)


def settled(node: Node, height: int | None) -> Settled:
    """How settled the block at a height is; None = not in a block yet."""
    if height is None:
        return Settled("pending")
    depth = max(node.tip.header.height - height, 0)
    if height <= node.final_height:
        return Settled("final", height, depth)
    return Settled("in_block", height, depth, probability(ASSUMED_SHARE, depth))


def probability(share: Fraction, depth: int) -> str:
    """The paper's probability to seven digits."""
    return work.catch_up_text(share, min(depth, DEPTH_SHOWN))
