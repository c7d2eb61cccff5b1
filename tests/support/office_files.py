"""DOCX files and e-mails for tests."""

import io
import zipfile
from collections.abc import Sequence
from email.message import EmailMessage

from docx import Document

MEGABYTE = 1024 * 1024
OLE = bytes.fromhex("d0cf11e0a1b11ae1")


def docx(
    title: str, headings: Sequence[tuple[str, str]], rows: Sequence[Sequence[str]] = ()
) -> bytes:
    """Return a DOCX with sections of a heading and a paragraph, and a table."""
    document = Document()
    document.core_properties.title = title
    document.core_properties.author = "Ada Berg"
    for heading, text in headings:
        document.add_heading(heading, 1)
        document.add_paragraph(text)
    if rows:
        table = document.add_table(0, len(rows[0]))
        for row in rows:
            for cell, text in zip(table.add_row().cells, row, strict=True):
                cell.text = text
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def zip_bomb(megabytes: int = 300) -> bytes:
    """Return a DOCX of a few hundred kilobytes that unpacks to so many megabytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("word/document.xml", "w") as member:
            for _ in range(megabytes):
                member.write(b" " * MEGABYTE)
    return file.getvalue()


def archive(**members: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as opened:
        for name, text in members.items():
            opened.writestr(name.replace("__", "/"), text)
    return file.getvalue()


def locked_docx() -> bytes:
    """Return what begins like a DOCX with a password: a compound file with an encrypted stream."""
    return OLE + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(2000)


def email(subject: str, text: str, html: str = "", attachment: str = "") -> bytes:
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = "Ada Berg <ada@example.org>"
    message["To"] = "Jun Ito <jun@example.org>"
    message["Date"] = "Mon, 04 Mar 2024 10:30:00 +0100"
    if text:
        message.set_content(text)
    if html and text:
        message.add_alternative(html, subtype="html")
    elif html:
        message.set_content(html, subtype="html")
    if attachment:
        message.add_attachment(b"%PDF-1.4", "application", "pdf", filename=attachment)
    return message.as_bytes()


def nested_email(depth: int) -> bytes:
    """Return an e-mail whose only text is so many multiparts deep."""
    opening = [
        f"Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n"
        for level in range(depth)
    ]
    return ("Subject: deep\n" + "".join(opening) + "\nAt the bottom.\n").encode()
