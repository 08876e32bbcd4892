"""The docs page: Swagger UI from files of the package `offapi`, so that it works without the internet."""

import html
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path

import msgspec

from studyspot.gateway.asgi import Headers

POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    b"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PAGE = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{title}</title>
  <link rel="icon" href="data:,">
  <link rel="stylesheet" href="/docs/swagger_style.css">
</head>
<body>
  <div id="docs"></div>
  <noscript>This page needs JavaScript. The document: <a href="/openapi.json">/openapi.json</a></noscript>
  <script src="/docs/swagger_bundle.js"></script>
  <script src="/docs/start.js"></script>
</body>
</html>
"""
START = b"""SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  filter: true,
  docExpansion: "none",
  displayRequestDuration: true,
  validatorUrl: null,
});
"""

JAVASCRIPT = "text/javascript; charset=utf-8"


class Part(msgspec.Struct, frozen=True):
    content: Callable[[], bytes]
    media_type: str
    headers: Headers = ()


def docs_parts(version: str) -> Mapping[str, Part]:
    """What the page is made of, by path."""
    page = PAGE.format(title=html.escape(f"StudySpot API {version}")).encode()
    return {
        "/docs": Part(lambda: page, "text/html; charset=utf-8", ((b"content-security-policy", POLICY),)),
        "/docs/start.js": Part(lambda: START, JAVASCRIPT),
        "/docs/swagger_bundle.js": Part(lambda: _asset("swagger_bundle.js"), JAVASCRIPT),
        "/docs/swagger_style.css": Part(lambda: _asset("swagger_style.css"), "text/css; charset=utf-8"),
    }


def _asset(name: str) -> bytes:
    """A file of the `offapi` package, which is found but not imported: its import reads 9 MB of templates."""
    spec = find_spec("offapi")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("the docs page needs the package offapi")
    return (Path(spec.submodule_search_locations[0]) / name).read_bytes()
