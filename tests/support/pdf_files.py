"""PDF files for tests."""

import io
from collections.abc import Sequence

from fpdf import FPDF
from pypdf import PdfReader, PdfWriter

PAGE = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >>"


def pdf(pages: Sequence[str], title: str = "", author: str = "") -> bytes:
    """Return a PDF with a page for each text in Latin-1."""
    document = FPDF()
    document.set_font("Helvetica", size=11)
    document.set_title(title)
    document.set_author(author)
    for text in pages:
        document.add_page()
        document.multi_cell(0, 6, text)
    return bytes(document.output())


def locked_pdf(text: str) -> bytes:
    writer = PdfWriter(PdfReader(io.BytesIO(pdf([text]))))
    writer.encrypt("a password", algorithm="RC4-128")
    return _written(writer)


def scanned_pdf() -> bytes:
    """Return a PDF whose pages show only a line."""
    document = FPDF()
    for _ in range(3):
        document.add_page()
        document.line(10, 10, 100, 100)
    return bytes(document.output())


def long_pdf(pages: int) -> bytes:
    """Return a PDF of so many pages, each with its number, made by hand because it is quicker."""
    kids = " ".join(f"{4 + 2 * at} 0 R" for at in range(pages))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {pages} /Kids [{kids}] >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number in range(1, pages + 1):
        shown = f"BT /F1 12 Tf 72 700 Td (Report on ink, page {number}) Tj ET"
        objects += [
            f"{PAGE} /Contents {3 + 2 * number} 0 R >>",
            f"<< /Length {len(shown)} >>\nstream\n{shown}\nendstream",
        ]
    return _assembled(objects)


def _assembled(objects: Sequence[str]) -> bytes:
    file, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(file))
        file += f"{number} 0 obj\n{body}\nendobj\n".encode()
    start = len(file)
    file += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    file += "".join(f"{place:010} 00000 n \n" for place in places).encode()
    file += f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\n".encode()
    return bytes(file + f"startxref\n{start}\n%%EOF\n".encode())


def _written(writer: PdfWriter) -> bytes:
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()
