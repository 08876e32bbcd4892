"""What the tests before this one called over the wire, when the rooms are apart."""

import pytest

from studyspot.entrypoints.floorplan import ROOMS
from studyspot.kernel.contract import contract_methods
from tests.topology import Topology


@pytest.mark.apart
def test_every_method_of_every_contract_was_called_over_the_wire(topology: Topology):
    """Stands last in `make test`, after the tests of every room: alone it fails."""
    promised = {
        f"{room.contract.__name__}.{name}" for room in ROOMS for name in contract_methods(room.contract)
    }

    assert promised - set(topology.called) == set()
