from tests.services.auth.conftest import sent_code
from tests.services.users.conftest import trail

__all__ = ["sent_code", "trail"]
