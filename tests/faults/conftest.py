from tests.tenancy.conftest import annexe_server, tenancy, town, town_server, ward

__all__ = ["annexe_server", "tenancy", "town", "town_server", "ward"]
