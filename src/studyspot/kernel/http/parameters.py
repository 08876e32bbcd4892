"""What handlers ask for: query parameters that every list has, with their bounds, and given doors."""

from typing import Annotated

from litestar.params import Dependency, Parameter

Page = Annotated[int, Parameter(ge=1, le=1_000_000, description="1 is the first page")]
Limit = Annotated[int, Parameter(ge=1, le=100, description="Items per page")]
Search = Annotated[
    str | None, Parameter(max_length=100, description="Any part; case and accents do not matter")
]
Text = Annotated[str | None, Parameter(max_length=100)]

GIVEN = Dependency(skip_validation=True)
"""Marks a parameter that the app provides: `Annotated[Students, GIVEN]` is not checked against the request.
"""
