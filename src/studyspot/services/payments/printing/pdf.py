"""A paper as a PDF of one A5 page, or more when it has many lines.

Names are in Latin or Devanagari, or both. Devanagari needs shaping, for vowel signs stand before or above
what they follow, and is shaped only in a piece of text of its own: so the two scripts are fonts of their own.
"""

from collections.abc import Sequence
from pathlib import Path

import fpdf
import segno
from fpdf.enums import XPos, YPos

from studyspot.kernel.money import in_rupees
from studyspot.services.payments.contract.papers import Paper, Party
from studyspot.services.payments.printing import words

FONTS = Path(__file__).parent / "fonts"
A5 = (148.0, 210.0)
MARGIN = 10.0
LINE = 4.6
QR_SIDE = 24.0
COLUMNS: Sequence[tuple[str, float, str]] = (
    ("Description", 58, "LEFT"),
    ("SAC", 14, "LEFT"),
    ("Taxable", 20, "RIGHT"),
    ("Rate", 12, "RIGHT"),
    ("Amount", 24, "RIGHT"),
)
"""Heading, width in mm, side."""


def as_pdf(paper: Paper) -> bytes:
    """Takes some tens of milliseconds: not for the event loop."""
    page = _Page(format=A5)
    page.set_auto_page_break(auto=True, margin=MARGIN)
    page.set_margin(MARGIN)
    page.set_title(f"{words.TITLES[paper.kind]} {paper.number}")
    page.set_creation_date(paper.created_at)
    for family in ("Mukta", "MuktaDevanagari"):
        page.add_font(family, fname=FONTS / f"{family}-Regular.ttf")
        page.add_font(family, style="B", fname=FONTS / f"{family}-Bold.ttf")
    page.set_fallback_fonts(["MuktaDevanagari"])
    page.set_text_shaping(use_shaping_engine=True)
    page.add_page()
    page.head(paper)
    page.parties(paper)
    page.lines(paper)
    page.sums(paper)
    page.foot(paper)
    return bytes(page.output())


class _Page(fpdf.FPDF):
    def head(self, paper: Paper) -> None:
        self.say(paper.supplier.name, size=13, bold=True)
        for told in _about(paper.supplier):
            self.say(told, size=8)
        self.ln(2)
        self.say(words.TITLES[paper.kind].upper(), size=12, bold=True)
        self.pair(f"No. {paper.number}", f"Date: {words.written(paper.day)}")
        self.rule()

    def parties(self, paper: Paper) -> None:
        self.say("To", size=8)
        self.say(paper.recipient.name, size=10, bold=True)
        for told in _about(paper.recipient):
            self.say(told, size=8)
        if place := words.state(paper.place_of_supply):
            self.say(f"Place of supply: {place}", size=8)
        self.ln(2)

    def lines(self, paper: Paper) -> None:
        self.set_font("Mukta", size=8)
        with self.table(
            col_widths=[width for _, width, _ in COLUMNS],
            text_align=[side for _, _, side in COLUMNS],
            line_height=LINE - 0.6,
            borders_layout="HORIZONTAL_LINES",
        ) as table:
            table.row([heading for heading, _, _ in COLUMNS])
            for line in paper.lines:
                period = words.period(line)
                label = line.label if period is None else f"{line.label}\n{period}"
                rate = words.rate(line) if line.tax_rate else ""
                table.row([label, line.sac or "", in_rupees(line.taxable), rate, in_rupees(line.amount)])
        self.ln(2)

    def sums(self, paper: Paper) -> None:
        if taxes := words.taxes(paper):
            self.pair("", f"Taxable value {in_rupees(paper.taxable)}")
            for name, amount in taxes:
                self.pair("", f"{name} {in_rupees(amount)}")
        self.pair("", f"Total {in_rupees(paper.total)}", size=11, bold=True)
        self.ln(2)

    def foot(self, paper: Paper) -> None:
        for told in words.remarks(paper):
            self.say(told, size=8)
        self.ln(2)
        top = self.get_y()
        self.qr(paper.verify_at or paper.code, top)
        self.set_xy(MARGIN + QR_SIDE + 3, top + 4)
        self.multi_cell(
            0, LINE, "Scan to see whether this paper is genuine.\nMade by a computer; valid unsigned."
        )

    def say(self, text: str, *, size: float, bold: bool = False) -> None:
        self.set_font("Mukta", style="B" if bold else "", size=size)
        self.multi_cell(0, size * 0.48, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def pair(self, left: str, right: str, *, size: float = 9, bold: bool = False) -> None:
        self.set_font("Mukta", style="B" if bold else "", size=size)
        half = self.epw / 2
        self.cell(half, LINE, left)
        self.cell(half, LINE, right, align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def rule(self) -> None:
        self.line(MARGIN, self.get_y() + 1, self.w - MARGIN, self.get_y() + 1)
        self.ln(2)

    def qr(self, text: str, top: float) -> None:
        if top + QR_SIDE > self.page_break_trigger:
            self.add_page()
            top = self.get_y()
        rows = _modules(text)
        side = QR_SIDE / len(rows)
        for number, row in enumerate(rows):
            for place, is_dark in enumerate(row):
                if is_dark:
                    self.rect(MARGIN + place * side, top + number * side, side, side, style="F")


def _modules(text: str) -> list[bytearray]:
    code = segno.make_qr(text, error="m")
    return [bytearray(row) for row in code.matrix_iter(border=2)]


def _about(party: Party) -> list[str]:
    told = [party.address] if party.address else []
    if party.gstin:
        told.append(f"GSTIN {party.gstin}, State: {words.state(party.state_code)}")
    return told
