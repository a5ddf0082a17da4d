"""Claims about five documents that nothing was fitted on: true in other words, false in the documents' own."""

import pytest

from benchmarks.claims import ClaimReader, LabelledClaim, read_claims
from rag.assembly.open_index import open_encoder
from rag.assembly.settings import read_settings
from rag.checking.support import MIN_SUPPORT, estimate_support
from rag.encoders.judge import open_judge

pytestmark = pytest.mark.model


def test_few_false_sentences_are_supported_and_few_true_ones_are_not() -> None:
    reader = ClaimReader(open_encoder(read_settings()), open_judge())

    def is_supported(one: LabelledClaim) -> bool:
        found = reader.read(one)
        return found is not None and estimate_support(found.features) >= MIN_SUPPORT

    unseen = [one for one in read_claims() if one.set == "claims.json, unseen"]
    told = [one.claim for one in unseen if not one.is_true and is_supported(one)]
    refused = [one.claim for one in unseen if one.is_true and not is_supported(one)]

    assert len(unseen) == 80
    # 25 and 19 of 40 when this was written.
    assert len(told) <= 27, told
    assert len(refused) <= 21, refused
