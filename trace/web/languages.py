"""Which language a page speaks: `?lang=` if given, else the browser's Accept-Language. No cookie; links keep an explicit choice."""

from typing import Any

from flask import Flask, current_app, g, request
from flask_babel import Babel

from trace.web.addresses import here_with
from trace.web.settings import LANGUAGES

PARAMETER = "lang"
"""The query parameter that chooses a language."""


def language() -> str:
    """`zh` or `en` for this request."""
    if "language" not in g:
        g.language = _chosen() or _accepted()
    return str(g.language)


def _chosen() -> str | None:
    asked = request.args.get(PARAMETER, "")
    return asked if asked in LANGUAGES else None


def _accepted() -> str:
    """The best of the browser's languages; `zh-TW` and `en-GB` count as `zh` and `en`."""
    for value, _quality in request.accept_languages:
        base = value.lower().split("-")[0]
        if base in LANGUAGES:
            return base
    return str(current_app.config["DEFAULT_LANGUAGE"])


def other_language() -> str:
    """The language that the switch offers."""
    return "en" if language() == "zh" else "zh"


def in_language(lang: str) -> str:
    """The address of this very page in another language."""
    return here_with(**{PARAMETER: lang})


def keep_language(endpoint: str, values: dict[str, Any]) -> None:
    """Adds an explicit choice of language to an internal link; Flask calls it for every `url_for`."""
    if endpoint != "static" and PARAMETER not in values and request:
        chosen = _chosen()
        if chosen is not None:
            values[PARAMETER] = chosen


def choose(text: Any, lang: str | None = None) -> str:
    """The wanted language of a `{"zh": …, "en": …}` text, or the other one where it is missing; strings as they are."""
    if not isinstance(text, dict):
        return str(text or "")
    wanted = lang or language()
    return str(text.get(wanted) or next(iter(text.values()), ""))


def spoken(text: Any) -> str:
    """The language that `choose` found, for a `lang` attribute."""
    if isinstance(text, dict) and not text.get(language()):
        return str(next(iter(text), language()))
    return language()


def init_app(app: Flask) -> None:
    """Registers language selection, the link rule and what templates need."""
    Babel(app, locale_selector=language)
    app.url_defaults(keep_language)
    app.jinja_env.filters["choose"] = choose
    app.jinja_env.filters["spoken"] = spoken
    app.context_processor(lambda: {"language": language(), "other_language": other_language(), "in_language": in_language})
