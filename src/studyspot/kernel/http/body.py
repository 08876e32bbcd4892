"""Request bodies for Litestar: JSON read by `kernel.validation`, so that a refusal names every fault."""

from typing import Any, ClassVar

from litestar._openapi.schema_generation import SchemaCreator
from litestar.dto import AbstractDTO
from litestar.openapi.spec import Reference, Schema
from litestar.typing import FieldDefinition

from studyspot.kernel.errors import UnsupportedMediaType
from studyspot.kernel.validation import read_json

JSON = "application/json"


class JsonBody(AbstractDTO[Any]):
    """Set once per app; every handler's `data` is then decoded into its annotated type."""

    _types: ClassVar[dict[str, Any]] = {}

    def decode_bytes(self, value: bytes) -> Any:
        refuse_other_media_type(self.asgi_connection.headers.get("content-type", JSON), JSON)
        handler_id = self.asgi_connection.route_handler.handler_id
        return read_json(value, self._types[handler_id])

    @classmethod
    def create_for_field_definition(
        cls, field_definition: FieldDefinition, handler_id: str, backend_cls: Any = None
    ) -> None:
        del backend_cls
        cls._types[handler_id] = field_definition.annotation

    @classmethod
    def create_openapi_schema(
        cls, field_definition: FieldDefinition, handler_id: str, schema_creator: SchemaCreator
    ) -> Reference | Schema:
        del handler_id
        return schema_creator.for_field_definition(field_definition)

    @classmethod
    def generate_field_definitions(cls, model_type: type[Any]) -> Any:
        raise NotImplementedError(f"{model_type} is read whole, not field by field")

    @classmethod
    def detect_nested_field(cls, field_definition: FieldDefinition) -> bool:
        del field_definition
        return False


def refuse_other_media_type(given: str, wanted: str) -> None:
    """:raises UnsupportedMediaType: when the body is announced as something else."""
    if given.partition(";")[0].strip().lower() != wanted:
        raise UnsupportedMediaType(f"Send the body as {wanted}, and say so in the header Content-Type.")
