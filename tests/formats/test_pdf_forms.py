"""What was filled into the form fields of a PDF is read with the label of each."""

from io import BytesIO

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from tests.formats.checking import read, told


def make_form() -> bytes:
    written = BytesIO()
    canvas = Canvas(written, pagesize=A4, invariant=True)
    form = canvas.acroForm
    canvas.drawString(60, 700, "Licence plate:")
    form.textfield(name="f1_02", value="KLM 4821", x=200, y=695, width=120, height=18)
    canvas.drawString(60, 660, "Car park")
    form.choice(name="park", value="East", options=["East", "West"], x=200, y=655, width=120, height=18)
    canvas.drawString(60, 620, "Remarks")
    form.textfield(name="remarks", value="Gate is low", x=60, y=595, width=260, height=18)
    form.checkbox(name="post", checked=True, x=60, y=560, size=12)
    canvas.drawString(78, 561, "Send it by post")
    form.checkbox(name="mail", checked=False, x=60, y=540, size=12)
    canvas.drawString(78, 541, "Send it by mail")
    form.textfield(name="empty", value="", x=60, y=500, width=120, height=18)
    form.textfield(name="secret", value="hunter2", fieldFlags="password", x=200, y=500, width=120, height=18)
    form.textfield(name="full_name", tooltip="Full name", value="Ann Lee", x=60, y=300, width=120, height=18)
    canvas.save()
    return written.getvalue()


def test_fields_are_labels_and_values() -> None:
    parsed = read(make_form(), "a.pdf")

    assert [words for kind, words in told(parsed) if kind == "row"] == [
        "Licence plate: KLM 4821",
        "Car park: East",
        "Remarks: Gate is low",
        "Send it by post: yes",
        "Full name: Ann Lee",
    ]
    assert parsed.counts["field"] == 5
    assert "hunter2" not in parsed.text
