"""What the gateway answers by itself: what it offers, the OpenAPI document, the docs page."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from litestar.types import HTTPScope

from studyspot.gateway.pages.answering import JSON, Page, document_page, json_page
from studyspot.gateway.pages.docs import docs_parts


def own_pages(*, prefixes: Sequence[str], openapi: Callable[[], bytes], version: str) -> Mapping[str, Page]:
    async def index(_: HTTPScope) -> tuple[int, Any]:
        return 200, {
            "name": "StudySpot",
            "version": version,
            "prefixes": sorted(prefixes),
            "docs": "/docs",
            "openapi": "/openapi.json",
        }

    return {
        "/api/v1": json_page(index),
        "/openapi.json": document_page(openapi, JSON),
        **{
            path: document_page(part.content, part.media_type, part.headers)
            for path, part in docs_parts(version).items()
        },
    }
