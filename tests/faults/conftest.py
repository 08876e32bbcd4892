from tests.tenancy.conftest import town, town_server

__all__ = ["town", "town_server"]
