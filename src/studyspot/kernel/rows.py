"""How a row of the database becomes a typed value."""

import functools
from collections.abc import Callable, Iterable
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec

Row = TypeVar("Row", bound=msgspec.Struct)


@functools.cache
def row_reader(into: type[Row], columns: tuple[str, ...]) -> Callable[[Iterable[Any]], Row]:
    """How a record becomes `into`: by position, once the columns were seen to stand in the order of its
    fields.

    The driver gives json as text; fields declared as dicts are decoded.

    :raises TypeError: when the query and the type do not belong together.
    """
    if columns != into.__struct_fields__:
        raise TypeError(f"{into.__name__} has the fields {into.__struct_fields__}, the query gave {columns}")
    hints = get_type_hints(into)
    decoders = {
        position: msgspec.json.Decoder(hints[field]).decode
        for position, field in enumerate(into.__struct_fields__)
        if _is_json(hints[field])
    }
    if not decoders:
        return lambda record: into(*record)

    def read(record: Iterable[Any]) -> Row:
        values = list(record)
        for position, decode in decoders.items():
            if values[position] is not None:
                values[position] = decode(values[position])
        return into(*values)

    return read


def _is_json(hint: Any) -> bool:
    """Dicts and structs are kept as jsonb, also many of them, or perhaps none."""
    if get_origin(hint) is dict or (isinstance(hint, type) and issubclass(hint, msgspec.Struct)):
        return True
    return any(_is_json(option) for option in get_args(hint))
