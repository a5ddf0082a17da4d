"""Add, edit, rename, delete and restart against a plain dict: the index always holds what the folder holds."""

import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.index.building import Place, make_place

# `make torture` asks for 20,000 operations.
N_OPERATIONS = int(os.environ.get("FOOTNOTE_OPERATIONS", "200"))
STEPS = 50

names = st.sampled_from([f"{folder}{name}.txt" for folder in ("", "a/", "a/b/") for name in "xyz"])
paragraphs = st.lists(
    st.sampled_from([f"Sentence {n} speaks of thing {n}." for n in range(12)]), min_size=1, max_size=4
)


class FolderMachine(RuleBasedStateMachine):
    """The folder, its index, and a dict that says what both should hold."""

    place: Place
    wanted: dict[str, str]

    @initialize()
    def begin(self) -> None:
        self.place = make_place(Path(tempfile.mkdtemp(prefix="machine-")))
        self.place.write("first.txt", "It begins here.")
        self.wanted = {"first.txt": "It begins here."}
        self.place.build()

    @rule(name=names, told=paragraphs)
    def write(self, name: str, told: list[str]) -> None:
        self.wanted[name] = "\n\n".join(told)
        self.place.write(name, self.wanted[name])

    @rule(name=names)
    def delete(self, name: str) -> None:
        (self.place.docs / name).unlink(missing_ok=True)
        self.wanted.pop(name, None)

    @rule(name=names, other=names)
    def rename(self, name: str, other: str) -> None:
        if name in self.wanted and name != other:
            (self.place.docs / other).parent.mkdir(parents=True, exist_ok=True)
            (self.place.docs / name).rename(self.place.docs / other)
            self.wanted[other] = self.wanted.pop(name)

    @rule()
    def touch(self) -> None:
        for name in self.wanted:
            (self.place.docs / name).touch()

    @rule()
    def build(self) -> None:
        self.place.build()
        self.compare()

    @rule()
    def build_anew(self) -> None:
        self.place.build(always_rebuild=True)
        self.compare()

    @invariant()
    def what_is_not_indexed_yet_is_not_served(self) -> None:
        if hasattr(self, "place"):
            assert self.place.retriever().n_documents == len(self.place.documents())

    def compare(self) -> None:
        found = {uri: document.text for uri, document in self.place.documents().items()}
        assert found == self.wanted
        retriever = self.place.retriever()
        for hit in retriever.search("Sentence 7 speaks of thing 7.", k=5):
            document = retriever.document(hit.passage.document_id)
            assert document.text[hit.passage.start : hit.passage.end] == hit.passage.text
            assert self.wanted[document.uri] == document.text

    def teardown(self) -> None:
        if hasattr(self, "place"):
            self.place.build()
            self.compare()
            shutil.rmtree(self.place.docs.parent)


TestFolder = FolderMachine.TestCase
TestFolder.settings = settings(
    max_examples=max(N_OPERATIONS // STEPS, 1),
    stateful_step_count=STEPS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
