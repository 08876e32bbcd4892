"""The rooms: one folder per service, all alike, entered only through their `contract.py`."""
