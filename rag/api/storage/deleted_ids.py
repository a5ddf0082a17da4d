"""Remember which conversations were deleted of late, for answers that end after that."""

from collections import OrderedDict

# A reader would have to delete so many while one of his answers is under way; and then only a
# conversation of his own would come back. 10,000 ids take 2 MB.
MAX_DELETED_IDS = 10_000


class DeletedIds:
    """The ids that were deleted last, in bounded memory.

    Only an answer that was under way at the deletion needs them. The server bounds the number of
    those (`max_answers`), and each lasts for minutes.
    """

    def __init__(self) -> None:
        self._ids: OrderedDict[str, None] = OrderedDict()

    def add(self, deleted_id: str) -> None:
        """Remember an id; the one that was deleted longest ago makes room."""
        self._ids[deleted_id] = None
        self._ids.move_to_end(deleted_id)
        if len(self._ids) > MAX_DELETED_IDS:
            self._ids.popitem(last=False)

    def __contains__(self, one_id: object) -> bool:
        return one_id in self._ids
