"""One handbook in every format, written by the programs that people write with; what it says stands where we know."""

import csv
import html
import subprocess
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from io import BytesIO, StringIO
from pathlib import Path
from typing import NamedTuple

import docx
import openpyxl
import pptx
from docx.enum.text import WD_BREAK
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate

from tests.formats.making import make_epub
from tests.running import MAX_SECONDS

TITLE = "Harbour Museum Handbook"


class Chapter(NamedTuple):
    """A chapter, which has a page of its own where a format has pages; `asked` is answered by `fact`."""

    heading: str
    before: str
    fact: str
    after: str
    asked: str


CHAPTERS = (
    Chapter(
        "The lighthouse",
        "A path leads from the gate to the rocks. In bad weather it is closed.",
        "The lighthouse was built in 1874 by the engineer Clara Whitmore.",
        "Visitors climb its stairs in groups of eight.",
        "Who built the lighthouse?",
    ),
    Chapter(
        "The smokehouse",
        "Herring was smoked here until the fleet moved north.",
        "A tour of the smokehouse lasts fifty minutes and costs 7.50 euros.",
        "Wear old clothes, for the smell stays.",
        "How much does a tour of the smokehouse cost?",
    ),
    Chapter(
        "The bell",
        "Two bells hung in the tower, and one of them is left.",
        "The great bell weighs 2,340 kilograms and was cast in Aarhus.",
        "It is rung on the last day of the year.",
        "How many kilograms does the great bell weigh?",
    ),
    Chapter(
        "The archive",
        "Letters, charts and crew lists fill forty shelves.",
        "Researchers must book a seat in the archive three days ahead with Søren Østergård.",
        "Pencils are allowed, pens are not.",
        "With whom must researchers book a seat in the archive?",
    ),
    Chapter(
        "The café",
        "It looks over the old dock.",
        "The café “Zur Möwe” closes at half past five, and on Tuesdays it does not open.",
        "Dogs get a bowl of water.",
        "When does the café close?",
    ),
)

Write = Callable[[Path], None]


def write_text(path: Path) -> None:
    path.write_text("\n\n".join(text for chapter in CHAPTERS for text in chapter[:4]), encoding="utf-8")


def write_markdown(path: Path) -> None:
    chapters = [f"## {c.heading}\n\n{c.before}\n\n{c.fact} {c.after}\n" for c in CHAPTERS]
    path.write_text(f"# {TITLE}\n\n" + "\n".join(chapters), encoding="utf-8")


def write_page(path: Path) -> None:
    chapters = "".join(
        f"<h2>{html.escape(c.heading)}</h2><p>{html.escape(c.before)}</p><p>{html.escape(c.fact)} {c.after}</p>"
        for c in CHAPTERS
    )
    path.write_text(
        f"<!doctype html><meta charset=utf-8><title>{TITLE}</title><nav><a href=/>Home</a></nav>"
        f"<main><h1>{TITLE}</h1>{chapters}</main><footer>Imprint</footer>",
        encoding="utf-8",
    )


def write_word(path: Path) -> None:
    document = docx.Document()
    document.core_properties.title = TITLE
    for number, chapter in enumerate(CHAPTERS):
        if number:
            document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
        document.add_heading(chapter.heading, 1)
        document.add_paragraph(chapter.before)
        document.add_paragraph(f"{chapter.fact} {chapter.after}")
    document.save(str(path))


def write_slides(path: Path) -> None:
    presentation = pptx.Presentation()
    for chapter in CHAPTERS:
        slide = presentation.slides.add_slide(presentation.slide_layouts[1])
        slide.shapes.title.text = chapter.heading
        slide.placeholders[1].text = f"{chapter.before}\n{chapter.fact}\n{chapter.after}"
    presentation.save(str(path))


def write_workbook(path: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append(["Chapter", "Statement"])
    for chapter in CHAPTERS:
        for text in (chapter.before, chapter.fact, chapter.after):
            sheet.append([chapter.heading, text])
    workbook.save(path)


def write_values(path: Path) -> None:
    rows = StringIO()
    writer = csv.writer(rows)
    writer.writerow(["Chapter", "Statement"])
    for chapter in CHAPTERS:
        writer.writerows([chapter.heading, text] for text in (chapter.before, chapter.fact, chapter.after))
    path.write_text(rows.getvalue(), encoding="utf-8")


def write_pdf(path: Path) -> None:
    styles = getSampleStyleSheet()
    story = []
    for chapter in CHAPTERS:
        story += [
            Paragraph(chapter.heading, styles["Heading1"]),
            Paragraph(chapter.before, styles["BodyText"]),
            Paragraph(f"{chapter.fact} {chapter.after}", styles["BodyText"]),
            PageBreak(),
        ]
    written = BytesIO()
    SimpleDocTemplate(written, pagesize=A4, title=TITLE, invariant=True).build(story)
    path.write_bytes(written.getvalue())


def write_book(path: Path) -> None:
    chapters = "".join(f"<h1>{c.heading}</h1><p>{c.before}</p><p>{c.fact} {c.after}</p>" for c in CHAPTERS)
    path.write_bytes(make_epub(one=f'<html xmlns="http://www.w3.org/1999/xhtml"><body>{chapters}</body></html>'))


def write_mail(path: Path) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "office@example.org", "guides@example.org", TITLE
    mail.set_content("\n\n".join(text for chapter in CHAPTERS for text in chapter[:4]))
    path.write_bytes(mail.as_bytes())


def write_mail_page(path: Path) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "office@example.org", "guides@example.org", TITLE
    paragraphs = "".join(f"<h2>{c.heading}</h2><p>{c.before}</p><p>{c.fact} {c.after}</p>" for c in CHAPTERS)
    mail.set_content(f"<html><body>{paragraphs}</body></html>", subtype="html", cte="base64")
    path.write_bytes(mail.as_bytes())


WRITERS: Mapping[str, Write] = {
    "plain.txt": write_text,
    "markdown.md": write_markdown,
    "page.html": write_page,
    "python-docx.docx": write_word,
    "python-pptx.pptx": write_slides,
    "openpyxl.xlsx": write_workbook,
    "values.csv": write_values,
    "reportlab.pdf": write_pdf,
    "book.epub": write_book,
    "mail.eml": write_mail,
    "mail-page.eml": write_mail_page,
}
CONVERTED = {
    "python-docx.docx": ("pdf", "docx", "epub", "html", "txt:Text (encoded):UTF8"),
    "python-pptx.pptx": ("pdf", "pptx"),
    "openpyxl.xlsx": ("xlsx", "csv:Text - txt - csv (StarCalc):44,34,76,1", "html"),
}
"""What LibreOffice makes of what the others wrote."""
PAGED = {"reportlab.pdf", "python-pptx.pptx", "libreoffice-docx.pdf", "libreoffice-pptx.pdf", "libreoffice-pptx.pptx"}
WITHOUT_HEADINGS = (".txt", ".csv", ".xlsx", ".pdf", "mail.eml", "libreoffice-xlsx.html")


def write_all(folder: Path) -> list[str]:
    """Write the handbook in every format, each file in a folder of its own; return the files' names."""
    names = []
    for name, write in WRITERS.items():
        (folder / name).mkdir(parents=True)
        write(folder / name / name)
        names.append(name)
    return names


def convert_all(folder: Path, soffice: str, scratch: Path) -> list[str]:
    """Have LibreOffice write the handbook again in its own way; return the files' names."""
    names = []
    for source, kinds in CONVERTED.items():
        kind_from = source.rpartition(".")[2]
        for kind in kinds:
            suffix = kind.partition(":")[0]
            name = f"libreoffice-{kind_from}.{suffix}"
            convert(folder / source / source, kind, soffice, scratch)
            (folder / name).mkdir()
            (scratch / f"{Path(source).stem}.{suffix}").rename(folder / name / name)
            names.append(name)
    return names


def convert(source: Path, kind: str, soffice: str, scratch: Path) -> None:
    profile = f"-env:UserInstallation=file://{scratch / 'profile'}"
    subprocess.run(
        [soffice, profile, "--headless", "--convert-to", kind, "--outdir", str(scratch), str(source)],
        check=True,
        capture_output=True,
        timeout=MAX_SECONDS,
    )
