"""The encoder for other languages, where it was pulled."""

from pathlib import Path

import numpy as np
import pytest

from rag.assembly.open_index import open_encoder
from rag.assembly.settings import Settings, read_settings
from rag.encoders.onnx import OnnxEncoder
from rag.encoders.protocol import Encoder
from rag.encoders.reference import ReferenceEncoder
from rag.errors import ModelMissing
from rag.model_files.multilingual import MULTILINGUAL, locate_multilingual

pytestmark = pytest.mark.model

# A question and a passage about another thing in each language.
PAIRS = {
    "en": ("When does the library open?", "The library opens at nine on weekdays and is closed on Sundays."),
    "de": ("Wie lange darf ein Hund allein bleiben?", "Hunde sollten nicht länger als fünf Stunden allein sein."),
    "fr": ("Combien coûte une place au théâtre ?", "Un billet pour le théâtre coûte vingt-deux euros."),
    "es": ("¿Cuándo se plantan los tomates?", "Los tomates se siembran en marzo y se trasplantan en mayo."),
    "it": ("Chi ripara l'ascensore?", "La manutenzione dell'ascensore spetta alla ditta Rossi di Torino."),
    "pt": ("Onde posso estacionar a bicicleta?", "As bicicletas ficam no pátio, atrás da entrada principal."),
    "ru": ("Сколько весит чемодан?", "Вес багажа не должен превышать двадцати трёх килограммов."),
    "ar": ("متى بني الجسر القديم؟", "شيد الجسر الحجري القديم في عام ألف وثمانمئة وعشرين."),
    "zh": ("手机保修多久？", "本公司的手机自购买之日起保修两年。"),
    "ja": ("台風のとき学校は休みですか。", "暴風警報が出ている場合、学校は臨時休校とします。"),
}


@pytest.fixture(scope="module")
def folder() -> Path:
    try:
        return locate_multilingual(read_settings().models_folder)
    except ModelMissing as error:
        pytest.skip(f"{error} with RAG_ENCODER={MULTILINGUAL.name}")


@pytest.fixture(scope="module")
def encoder(folder: Path) -> Encoder:
    return open_encoder(Settings(encoder=MULTILINGUAL.name, models_folder=folder.parent))


def test_in_ten_languages_a_question_is_nearest_to_its_passage(encoder: Encoder) -> None:
    passages = encoder.encode_texts([passage for _, passage in PAIRS.values()])

    nearest = [int(np.argmax(passages @ encoder.encode_query(question))) for question, _ in PAIRS.values()]

    assert nearest == list(range(len(PAIRS)))


def test_the_export_has_8_bits_and_gives_the_models_own_vectors(encoder: Encoder, folder: Path) -> None:
    texts = [text for pair in PAIRS.values() for text in pair]

    cosines = np.sum(encoder.encode_texts(texts) * ReferenceEncoder(folder).encode_texts(texts), axis=1)

    assert isinstance(encoder, OnnxEncoder)
    assert cosines.mean() > 0.995
    assert cosines.min() > 0.99
