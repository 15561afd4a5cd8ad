"""The page behind the code on a pack: `/01/GTIN[/10/LOT][/21/SERIAL]` (GS1 Digital Link), for a phone or as JSON."""

from flask import Blueprint, Response

from trace.web.access import ledger
from trace.web.addresses import raw_path, raw_query
from trace.web.answering import answer

bp = Blueprint("link", __name__)


@bp.route("/01/<path:rest>", methods=("GET", "POST"))
@bp.route("/00/<path:rest>", methods=("GET", "POST"))
def show(rest: str) -> Response:
    """The verdict on the thing that the address names; a GTIN alone is a product, a GTIN with a lot a batch. POST: the page's question
    was answered."""
    hosts = ledger().hosts
    return answer(f"https://{hosts[0] if hosts else 'localhost'}{raw_path()}?{raw_query()}")
