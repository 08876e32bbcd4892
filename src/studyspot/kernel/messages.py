"""What a call looks like on a wire: arguments, answer or refusal as MessagePack, and back again."""

import inspect
from collections.abc import Mapping, Sequence
from typing import Any, get_type_hints

import msgspec

from studyspot.kernel.contract import Caller
from studyspot.kernel.errors import Fault, Refusal
from studyspot.kernel.validation import decode_hook, encode_hook

_encoder = msgspec.msgpack.Encoder(enc_hook=encode_hook)


class Messages:
    """Those of one method of one contract.

    :raises TypeError: when the caller is not first, another parameter is not keyword-only, or a type is
    missing.
    """

    def __init__(self, contract: type, name: str) -> None:
        arguments, answer = message_types(contract, name)
        self._arguments = arguments
        self._read_arguments = msgspec.msgpack.Decoder(arguments, dec_hook=decode_hook)
        self._read_answer = msgspec.msgpack.Decoder(answer, dec_hook=decode_hook)

    def write_call(self, caller: Caller, arguments: Mapping[str, Any]) -> bytes:
        """:raises TypeError: for an argument that the contract does not have, or lacking one of its own."""
        return _encoder.encode(self._arguments(caller=caller, **arguments))

    def read_call(self, written: bytes) -> tuple[Caller, dict[str, Any]]:
        """:raises msgspec.DecodeError: when it is no call of this method."""
        read = self._read_arguments.decode(written)
        arguments = {field: getattr(read, field) for field in read.__struct_fields__}
        return arguments.pop("caller"), arguments

    def write_answer(self, answer: Any) -> bytes:
        return _encoder.encode(answer)

    def read_answer(self, written: bytes) -> Any:
        """:raises msgspec.DecodeError: when it is no answer of this method."""
        return self._read_answer.decode(written)


class WrittenRefusal(msgspec.Struct, frozen=True):
    error: str
    message: str
    details: Sequence[Fault]
    retry_after_seconds: int | None


_read_refusal = msgspec.msgpack.Decoder(WrittenRefusal).decode


def write_refusal(refusal: Refusal) -> bytes:
    return _encoder.encode(
        WrittenRefusal(
            f"{type(refusal).__module__}:{type(refusal).__qualname__}",
            refusal.message,
            refusal.details,
            refusal.retry_after_seconds,
        )
    )


def read_refusal(written: bytes) -> Refusal:
    """The same class on this side; a class this process does not know comes back as a plain `Refusal`.

    :raises msgspec.DecodeError: when it is none.
    """
    read = _read_refusal(written)
    refusal_class = _refusal_classes().get(read.error, Refusal)
    return refusal_class(read.message, details=read.details, retry_after_seconds=read.retry_after_seconds)


def message_types(contract: type, name: str) -> tuple[type[msgspec.Struct], Any]:
    """The struct of a method's arguments and the type of its answer, from the annotations.

    :raises TypeError: see `Messages`.
    """
    function = getattr(contract, name)
    hints = get_type_hints(function, include_extras=True)
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    for position, parameter in enumerate(list(inspect.signature(function).parameters.values())[1:]):
        expected = parameter.POSITIONAL_OR_KEYWORD if position == 0 else parameter.KEYWORD_ONLY
        if parameter.kind is not expected or (position == 0) != (parameter.name == "caller"):
            raise TypeError(
                f"{contract.__name__}.{name}: the caller comes first, everything else keyword-only"
            )
        if parameter.name not in hints or "return" not in hints:
            raise TypeError(f"{contract.__name__}.{name}: `{parameter.name}` or the answer has no type")
        if parameter.default is parameter.empty:
            fields.append((parameter.name, hints[parameter.name]))
        else:
            fields.append((parameter.name, hints[parameter.name], parameter.default))
    arguments_type = msgspec.defstruct(f"{contract.__name__}_{name}", fields, kw_only=True, frozen=True)
    return arguments_type, hints["return"]


def _refusal_classes() -> dict[str, type[Refusal]]:
    known: dict[str, type[Refusal]] = {}
    waiting = [Refusal]
    while waiting:
        refusal_class = waiting.pop()
        known[f"{refusal_class.__module__}:{refusal_class.__qualname__}"] = refusal_class
        waiting += refusal_class.__subclasses__()
    return known
