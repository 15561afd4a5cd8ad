"""Headers of every answer: what a page may load, whom it tells about itself, who may frame it."""

from flask import Flask, Response

POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
"""Content-Security-Policy: own files only, no inline script, no inline style, no frames."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",  # an address holds a serial: nobody else is told
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
}
"""Name -> value, set unless a view has set its own."""
YEAR_S = 31_536_000
"""How long what never changes may be kept."""
LASTING = f"public, max-age={YEAR_S}, immutable"
"""Cache-Control of what never changes at its address, most often because the address carries a hash of it."""
PRIVATE = "private, no-cache"
"""Cache-Control where a view says nothing: not stored by shared caches."""
VARY = ("Accept", "Accept-Language")
"""What every answer depends on."""


def add_headers(response: Response) -> Response:
    """Adds the headers; pages are not stored by shared caches, and vary by language and form."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if response.cache_control.max_age is None and not response.cache_control.no_store:
        response.headers["Cache-Control"] = PRIVATE
    response.vary.update(VARY)
    return response


def init_app(app: Flask) -> None:
    """Puts the headers on every answer, errors included."""
    app.after_request(add_headers)
