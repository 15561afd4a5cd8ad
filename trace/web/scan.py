"""Checking a code by hand: typed, pasted or scanned by a keyboard wedge, or found in a photo on the server."""

from typing import Any

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirection

from trace import images
from trace.web import parameters
from trace.web.access import hosts, ledger
from trace.web.answering import answer
from trace.web.errors import Problem
from trace.web.negotiation import wants_json
from trace.web.places import VIEWERS, places_for
from trace.web.settings import PHOTO_LIMIT

bp = Blueprint("scan", __name__)

CODE_LIMIT = 4_000
"""Characters of a code that are looked at; what is longer is diagnosed as no code."""


@bp.get("/scan")
def form() -> Response:
    """The form, or the verdict on `?code=`."""
    if request.args.get("code"):
        return answer(request.args["code"][:CODE_LIMIT])
    viewer = parameters.viewer()
    places = places_for(ledger().node.view(), viewer)
    return make_response(
        render_template("scan/form.html", viewers=VIEWERS, viewer=viewer, places=places, place=parameters.place(), focus=True)
    )


@bp.post("/scan", endpoint="photo")
def sent() -> Response | Redirection:
    """A photo, or the answer to the question about `?code=`. Raises PictureError, Problem."""
    if request.args.get("code"):
        return answer(request.args["code"][:CODE_LIMIT])
    return photo()


def photo() -> Redirection:
    """Reads a photo and leads to the verdict on what was found in it; as JSON `{code}`, the text alone, which is what a page with a camera
    asks for. Raises PictureError for what is no picture of a code."""
    request.max_content_length = PHOTO_LIMIT
    file = request.files.get("photo")
    if file is None:
        raise Problem(400, "web.parameter", "a JPEG, PNG or WebP file", "none", field="photo")
    reading = images.read_picture(file.read(), hosts())  # a photo takes long: nobody waits for it
    kept: dict[str, Any] = {name: request.form[name] for name in ("as", "at", "lang") if request.form.get(name)}
    code = reading.text.partition("#")[0]  # what stands behind # is a buyer's secret and must not get into an address
    if wants_json():
        return jsonify(code=code)
    return redirect(url_for("scan.form", code=code, **kept), 303)
