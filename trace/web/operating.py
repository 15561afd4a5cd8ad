"""Whose word it is that nothing was left out, where there are too few attesters for a consortium (PROTOCOL §6, words)."""

from flask import Flask, g

from trace.parties.queries import names_of_party
from trace.web.access import ledger
from trace.web.languages import choose
from trace.web.models import Text
from trace.web.settling import CONSORTIUM


def operator_text() -> Text:
    """Name of the operator while fewer attest than make a consortium; empty where more vote: their votes then speak for themselves."""
    if "operator" not in g:
        found = ledger()
        view = found.node.view()
        entry = view.get("consensus/set")
        members = entry["members"] if entry is not None else []
        only = names_of_party(view, members[0]["party"]) if len(members) == 1 else None
        g.operator = "" if len(members) >= CONSORTIUM else only or found.operator or "?"
    text: Text = g.operator
    return text


def assurance() -> str:
    """By whose word nothing was left out: `operator` where fewer attest than make a consortium, else `consortium`."""
    return "operator" if operator_text() else "consortium"


def operator_name() -> str:
    """The same in the reader's language, for templates."""
    return choose(operator_text())


def init_app(app: Flask) -> None:
    """Gives `operator_name` to templates."""
    app.jinja_env.globals["operator_name"] = operator_name
