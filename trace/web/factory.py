"""Makes the application. Nothing is opened here: importing `app` must not touch a disk."""

from collections.abc import Mapping
from typing import Any

from flask import Flask

from trace.web import access, assets, errors, formatting, forwarding, headers, health, languages, operating, packing, shortway, words
from trace.web.routes import BLUEPRINTS
from trace.web.settings import ROOT, defaults


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """The application. `config` overrides `settings.defaults`; `LEDGER` is an open ledger, `DATA` a folder to open one from."""
    app = Flask(
        "pharmatrace",
        root_path=str(ROOT),
        static_folder=None,  # `assets` sends them
        template_folder=str(ROOT / "templates"),
    )
    app.config.update(defaults())
    app.config.update(config or {})
    app.url_map.merge_slashes = False  # a lot or serial may contain `//`
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    for part in (packing, access, languages, formatting, words, operating, assets, headers, health, forwarding, errors):
        part.init_app(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    shortway.init_app(app)
    return app
