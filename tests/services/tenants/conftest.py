from tests.services.users.conftest import house, trail

__all__ = ["house", "trail"]
