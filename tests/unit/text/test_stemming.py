"""Stems do not depend on how many threads ask for them."""

from concurrent.futures import ThreadPoolExecutor

from rag.text.stemming import stem

LETTERS = "bcdfghjklmnprstv"


def test_threads_that_stem_at_once_get_their_own_words() -> None:
    # Made up, so that nothing else has had them stemmed before.
    words = [f"zor{a}o{b}o{c}kling" for a in LETTERS for b in LETTERS for c in LETTERS]

    with ThreadPoolExecutor(4) as pool:
        stems_of = list(pool.map(lambda first: [stem(word) for word in words[first::4]], range(4)))

    wanted_of = [[word.removesuffix("ing") for word in words[first::4]] for first in range(4)]
    assert stems_of == wanted_of
