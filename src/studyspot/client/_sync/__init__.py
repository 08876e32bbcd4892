"""The blocking client: made from `_async`, where changes belong."""
