"""Whose word it is that nothing was left out, where there are too few attesters for a consortium (PROTOCOL §6, words)."""

from flask import Flask, g

from trace.web.access import ledger
from trace.web.settling import CONSORTIUM


def operator_name() -> str:
    """Name of the operator while there is one attester; empty where several vote, whose votes then speak for themselves."""
    if "operator_name" not in g:
        found = ledger()
        entry = found.node.view().get("consensus/set")
        alone = entry is not None and len(entry["members"]) < CONSORTIUM
        g.operator_name = (found.operator or "?") if alone else ""
    return str(g.operator_name)


def init_app(app: Flask) -> None:
    """Gives `operator_name` to templates."""
    app.jinja_env.globals["operator_name"] = operator_name
