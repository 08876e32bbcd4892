"""Two rows of one register that want the same seat at the same time: the first has it."""

from collections.abc import Iterator, Mapping, Sequence

from studyspot.services.bookings.rules.memberships import Place


def clashes_in_file(claims: Mapping[int, Sequence[Place]]) -> Iterator[tuple[int, int]]:
    """Each row that comes too late, with the row that has the seat. The places of a row are in order."""
    taken: dict[object, list[int]] = {}
    for row, places in claims.items():
        if not places:
            continue
        others = taken.setdefault(places[0].seat_id, [])
        first = next((other for other in others if _overlap(claims[other], places)), None)
        if first is None:
            others.append(row)
        else:
            yield row, first


def _overlap(some: Sequence[Place], others: Sequence[Place]) -> bool:
    one, other = 0, 0
    while one < len(some) and other < len(others):
        if some[one].ends_at <= others[other].starts_at:
            one += 1
        elif others[other].ends_at <= some[one].starts_at:
            other += 1
        else:
            return True
    return False
