"""Keys while they are rotated: listed second, then first, then alone."""

import itertools

import pytest

from studyspot.kernel.vault import Vault, new_vault_key

OLD, NEW = new_vault_key(), new_vault_key()
STEPS = (OLD, f"{OLD},{NEW}", f"{NEW},{OLD}", NEW)


@pytest.mark.parametrize(("before", "after"), list(itertools.pairwise(STEPS)))
def test_processes_of_neighbouring_steps_read_what_the_others_wrote(before: str, after: str):
    assert Vault(after).decrypt(Vault(before).encrypt(b"x")) == b"x"
    assert Vault(before).decrypt(Vault(after).encrypt(b"x")) == b"x"


def test_what_is_derived_changes_once():
    derived = [Vault(keys).derive("auth") for keys in STEPS]

    assert sum(one != other for one, other in itertools.pairwise(derived)) == 1
    assert Vault(OLD).derive("auth") != Vault(OLD).derive("services")
