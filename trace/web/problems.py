"""What a code means: the page to which the `type` of a problem document leads."""

from flask import Blueprint, render_template

from trace.web.errors import Problem
from trace.web.sentences import tables

bp = Blueprint("problems", __name__)


@bp.get("/problems")
def index() -> str:
    """All codes with their sentences."""
    rows = sorted((code, sentence) for table in tables() for code, sentence in table.items())
    return render_template("errors/codes.html", rows=rows, title=None)


@bp.get("/problems/<code>")
def show(code: str) -> str:
    """One code."""
    found = next((table[code] for table in tables() if code in table), None)
    if found is None:
        raise Problem(404, "web.not_found", "a code that this program uses", code)
    return render_template("errors/codes.html", rows=[(code, found)], title=code)
