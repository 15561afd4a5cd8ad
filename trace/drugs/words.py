"""Verdicts in words, Chinese and English (DOMAIN §10.3, §4). Every function gives both languages; the page chooses.

Values come from the ledger and from the print, so they are plain text here and are escaped where they are shown.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from string import Formatter
from typing import Any

from trace.drugs.case import CONSUMER, DISTRIBUTOR, Params
from trace.drugs.facts import Text
from trace.drugs.phrases import (
    ANYBODY,
    CUSTODY,
    LIGHTS,
    MEMBER,
    NO_ANSWERS,
    PHRASES,
    PUBLIC,
    QUESTIONS,
    STEPS,
    TRADE,
    WHAT,
    WHY,
    Phrase,
)
from trace.drugs.verdict import Question, Reason, Verdict

HOUR_S, DAY_S = 3_600, 86_400
"""Seconds of an hour and a day; ages below two hours are told in minutes, from two days on in days."""

_AUDIENCES = {CONSUMER: (ANYBODY, PUBLIC), DISTRIBUTOR: (ANYBODY, MEMBER, TRADE)}


def headline(reason: Reason, viewer: str) -> Text:
    """A line in a few words."""
    phrase, values = _phrase(PHRASES[reason.code], reason.params, viewer)
    return {"zh": phrase.zh.format_map(values["zh"]), "en": phrase.en.format_map(values["en"])}


def next_step(reason: Reason, viewer: str) -> Text | None:
    """What to do about a line, or None."""
    phrase, values = _phrase(PHRASES[reason.code], reason.params, viewer)
    if not phrase.next_zh:
        return None
    return {"zh": phrase.next_zh.format_map(values["zh"]), "en": phrase.next_en.format_map(values["en"])}


def custody(level: str | None, params: Params) -> Text | None:
    """What is proven about the way, or None. `params`: `received` and `left` (packs of the batch at the place, for loose packs), `site` and
    `names` where the way ends elsewhere than at a place that was said."""
    if level is None:
        return None
    phrase, values = _phrase(CUSTODY[level], params, CONSUMER)
    return {"zh": phrase.zh.format_map(values["zh"]), "en": phrase.en.format_map(values["en"])}


def question(asked: Question | None) -> Mapping[str, Text] | None:
    """The question's words: `text`, `yes`, and `no` where there are two buttons."""
    if asked is None:
        return None
    phrase, other = QUESTIONS[asked.kind], NO_ANSWERS.get(asked.kind)
    words: dict[str, Text] = {"text": _both(phrase), "yes": {"zh": phrase.next_zh, "en": phrase.next_en}}
    return words if other is None else {**words, "no": _both(other)}


def light(name: str) -> Text:
    """A light's word."""
    return _both(LIGHTS[name])


def step(name: str) -> Text:
    """The words of a button."""
    return _both(STEPS[name])


def words_of(verdict: Verdict, viewer: str, custody_params: Params) -> dict[str, Any]:
    """All words of a verdict, for machines and simple pages: light, headline, next, reasons, custody, question."""
    told = [headline(reason, viewer) for reason in verdict.reasons]
    return {
        "light": light(verdict.light),
        "headline": told[0],
        "next": next_step(verdict.reasons[0], viewer),
        "reasons": told,
        "custody": custody(verdict.custody, custody_params),
        "question": question(verdict.question),
    }


def _both(phrase: Phrase) -> Text:
    return {"zh": phrase.zh, "en": phrase.en}


def _phrase(phrases: Sequence[Phrase], params: Params, viewer: str) -> tuple[Phrase, dict[str, dict[str, str]]]:
    """The first phrase for this viewer whose values are all known, and the values by language. The last of a code needs none, or only
    values that its line always has."""
    values = {language: _values(params, language) for language in ("zh", "en")}
    audiences = _AUDIENCES.get(viewer, (ANYBODY, MEMBER))
    for phrase in phrases:
        if phrase.viewer in audiences and _needs(phrase) <= values["zh"].keys():
            return phrase, values
    phrase = phrases[-1]
    return phrase, {language: {**dict.fromkeys(_needs(phrase), "?"), **known} for language, known in values.items()}


@lru_cache(maxsize=1024)  # all phrases there are
def _needs(phrase: Phrase) -> frozenset[str]:
    texts = (phrase.zh, phrase.en, phrase.next_zh, phrase.next_en)
    return frozenset(name for text in texts for _, name, _, _ in Formatter().parse(text) if name)


def _values(params: Params, language: str) -> dict[str, str]:
    """The values as text in a language."""
    values = {name: str(value) for name, value in params.items() if isinstance(value, str | int)}
    names = params.get("names")
    if isinstance(names, Mapping) and names:
        values["site"] = names.get(language) or next(iter(names.values()))
    if isinstance(params.get("age_s"), int):
        values["age"] = _age(int(values["age_s"]), language)
    for name, table in (("why", WHY), ("what", WHAT)):
        if name in values and values[name] in table:
            values[name] = getattr(table[values[name]], language)
    return values


def _age(seconds: int, language: str) -> str:
    """A duration in the largest unit of which there are two at least."""
    for unit, zh, en in ((DAY_S, "天", "days"), (HOUR_S, "小时", "hours")):
        if seconds >= 2 * unit:
            return f"{seconds // unit} {zh if language == 'zh' else en}"
    minutes = max(seconds // 60, 1)
    return f"{minutes} {'分钟' if language == 'zh' else 'minute' if minutes == 1 else 'minutes'}"
