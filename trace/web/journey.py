"""The way of a pack as a line of stops: both signatures of every hand-over, when, how late, how settled (DOMAIN §4, PROTOCOL §6)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from chain.node import Node
from trace.drugs.journey import Passage, Place
from trace.drugs.journey import Signature as Signed
from trace.places import role_and_region
from trace.web.kinds import words_of
from trace.web.models import Signature, Stop, Text
from trace.web.operating import operator_text
from trace.web.settling import level_text, settled
from trace.web.words import class_text, run_state

LATE_MS = 5 * 60_000
"""Lateness from which a stop says so."""
MEANINGS: Mapping[str, tuple[str, str]] = {
    "drugs.batch": ("生产方签名", "Made, signed by"),
    "drugs.release": ("放行人签名", "Decided, signed by"),
    "drugs.ship": ("交付方签名", "Handed over, signed by"),
    "drugs.return": ("退回方签名", "Handed back, signed by"),
    "drugs.refuse": ("拒收方签名", "Refused, signed by"),
    "drugs.receive": ("收货方签名", "Taken over, signed by"),
    "drugs.dispense": ("发药方签名", "Dispensed, signed by"),
    "drugs.undo": ("撤销方签名", "Undone, signed by"),
    "drugs.recall": ("召回方签名", "Recalled, signed by"),
}
"""What a signature under a kind says."""
HANDED_OVER = {"zh": "交接", "en": "Handed over"}
"""Title of a hand-over with both signatures."""
NOT_YET = {"zh": "收货方尚未签名", "en": "Not yet taken over by"}
"""In place of the receiver's signature."""
DEPARTURES = ("drugs.ship", "drugs.return")
"""Kinds that begin a way which a receipt ends."""


def stops(node: Node, passages: Sequence[Passage]) -> list[Stop]:
    """The stops of a way, oldest first. A dispatch and its receipt are one stop with two signatures."""
    completed = {passage.given.transaction for passage in passages if passage.given is not None}
    shown = [passage for passage in passages if passage.signature.transaction not in completed]
    return [stop_of(node, passage) for passage in shown]


def stop_of(node: Node, passage: Passage) -> Stop:
    """One event."""
    words = words_of(passage.kind)
    given, own = passage.given, passage.signature
    both = (signature("drugs.ship", given, passage.place), signature(passage.kind, own, passage.to)) if given else None
    one = Stop(
        symbol="truck" if given else words.symbol,
        title=HANDED_OVER if given else words.text,
        detail=detail(passage),
        time=passage.time,
        signatures=both or (signature(passage.kind, own, passage.place),),
        late=passage.late_ms if passage.late_ms >= LATE_MS else 0,
        finality=level_text(settled(node, passage.height).level, operator_text()),
        height=passage.height,
        transactions=(given.transaction, own.transaction) if given else (own.transaction,),
        light=light(passage),
    )
    if passage.kind in DEPARTURES:
        return replace(one, signatures=(*one.signatures, Signature(NOT_YET, place_text(passage.to))))
    return one


def signature(kind: str, signed: Signed, place: Place | None) -> Signature:
    """A signature; a signer whose name is not public is shown by role and region."""
    zh, en = MEANINGS.get(kind, ("签名", "Signed by"))
    return Signature({"zh": zh, "en": en}, signed.names or unnamed(place), signed.key, signed.at, signed.party)


def place_text(place: Place | None) -> Text:
    """A place by name, or as role and region."""
    return place.names if place is not None and place.names else unnamed(place)


def unnamed(place: Place | None) -> Text:
    """A place whose name is not public, as role and region."""
    if place is None:
        return {"zh": "未知", "en": "unknown"}
    return role_and_region(place.role or place.kind, place.region)


def detail(passage: Passage) -> Text:
    """Where it happened, a place or two with an arrow; for decisions and recalls what they say."""
    told = passage.detail
    if passage.kind == "drugs.release":
        return decision_text(str(told.get("as")), str(told.get("decision")))
    if passage.kind == "drugs.recall":
        grade = class_text(int(told.get("class", 0)))
        return {lang: f"{told.get('number')} · {grade[lang]}" for lang in ("zh", "en")}
    if passage.place is not None and passage.to is not None:
        return arrow(place_text(passage.place), place_text(passage.to))
    return place_text(passage.place) if passage.place is not None else ""


def decision_text(capacity: str, decision: str) -> Mapping[str, str]:
    """A release decision in words."""
    who = {"authority": ("药监机构", "authority")}.get(capacity, ("质量受权人", "qualified person"))
    what = {"rejected": ("不合格", "rejected")}.get(decision, ("放行", "released"))
    return {"zh": f"{who[0]}:{what[0]}", "en": f"{who[1]}: {what[1]}"}


def light(passage: Passage) -> str:
    """Red for a recall and a rejection; other events are neither good nor bad."""
    bad = passage.kind == "drugs.recall" or passage.detail.get("decision") == "rejected"
    return "red" if bad else ""


def arrow(start: Text, end: Text) -> Mapping[str, str]:
    """`A → B` in both languages."""
    return {lang: f"{in_language(start, lang)} → {in_language(end, lang)}" for lang in ("zh", "en")}


def in_language(text: Text, lang: str) -> str:
    """A text in a language, or in the one that it has."""
    return text if isinstance(text, str) else text.get(lang) or next(iter(text.values()), "")


def present(state: str, place: Text, verdict_light: str = "") -> Stop:
    """Where the pack is now."""
    words = run_state(state)
    title = {"zh": f"现在:{words['zh']}", "en": f"Now: {words['en']}"}
    symbol = {"moving": "truck", "loose": "box"}.get(state, "place")
    return Stop(symbol, title, place, light=verdict_light, now=True)
