"""A paper as plain text for a thermal printer: 32 columns on 58 mm of paper, 48 on 80 mm."""

import textwrap

import wcwidth

from studyspot.kernel.money import in_rupees
from studyspot.services.payments.contract.papers import Paper
from studyspot.services.payments.printing import words


def as_text(paper: Paper, *, columns: int) -> str:
    """Each line is as wide as the paper at most, as a printer counts: vowel signs take no room."""
    rule = "-" * columns
    lines = [*_centred(paper.supplier.name, columns)]
    if paper.supplier.address:
        lines += _centred(paper.supplier.address, columns)
    if paper.supplier.gstin:
        lines += _centred(f"GSTIN {paper.supplier.gstin}", columns)
    lines += [*_centred(words.TITLES[paper.kind].upper(), columns), rule]
    lines += _sides(f"No. {paper.number}", words.written(paper.day), columns)
    lines += [*_wrapped(f"To: {paper.recipient.name}", columns), rule]
    for line in paper.lines:
        lines += _sides(line.label, in_rupees(line.amount), columns)
        if period := words.period(line):
            lines += _wrapped(f"  {period}", columns)
    lines.append(rule)
    if taxes := words.taxes(paper):
        lines += _sides("Taxable value", in_rupees(paper.taxable), columns)
        for name, amount in taxes:
            lines += _sides(name, in_rupees(amount), columns)
    lines += [*_sides("TOTAL", in_rupees(paper.total), columns), rule]
    for told in words.remarks(paper):
        lines += _wrapped(told, columns)
    lines += ["Genuine? Ask with this code:", *textwrap.wrap(paper.code, columns)]
    return "\n".join(lines) + "\n"


def _centred(text: str, columns: int) -> list[str]:
    return [" " * ((columns - _width(line)) // 2) + line for line in _wrapped(text, columns)]


def _sides(left: str, right: str, columns: int) -> list[str]:
    """On one line if both have room, else below each other."""
    room = columns - _width(left) - _width(right)
    if room >= 1:
        return [left + " " * room + right]
    return [*_wrapped(left, columns), " " * (columns - _width(right)) + right]


def _wrapped(text: str, columns: int) -> list[str]:
    lines, line = [], ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if _width(longer) <= columns:
            line = longer
            continue
        if line:
            lines.append(line)
        line = word
        while _width(line) > columns:
            head = _as_wide_as(line, columns)
            lines.append(head)
            line = line[len(head) :]
    return [*lines, line]


def _as_wide_as(text: str, columns: int) -> str:
    """The longest beginning that has room."""
    return next(text[:end] for end in range(len(text), 0, -1) if _width(text[:end]) <= columns)


def _width(text: str) -> int:
    return max(int(wcwidth.wcswidth(text)), 0)
