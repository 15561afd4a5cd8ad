"""Checking a code by hand: typed, pasted or scanned by a keyboard wedge, or found in a photo on the server."""

from flask import Blueprint, render_template

bp = Blueprint("scan", __name__)


@bp.get("/scan")
def form() -> str:
    """The form, or the verdict on `?code=`."""
    return render_template("scan/form.html", viewers=[], places=[], viewer="consumer", place=None)


@bp.post("/scan")
def photo() -> str:
    """The verdict on the code in a photo."""
    return form()
