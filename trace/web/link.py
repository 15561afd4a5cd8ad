"""The page behind the code on a pack: `/01/GTIN[/10/LOT][/21/SERIAL]` (GS1 Digital Link), for a phone or as JSON."""

from flask import Blueprint

bp = Blueprint("link", __name__)
