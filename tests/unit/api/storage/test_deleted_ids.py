"""Deleted ids are remembered in bounded memory."""

from rag.api.storage.deleted_ids import MAX_DELETED_IDS, DeletedIds


def test_the_ids_that_were_deleted_last_are_remembered_and_no_more() -> None:
    deleted = DeletedIds()

    for number in range(MAX_DELETED_IDS):
        deleted.add(str(number))
    # It is deleted once more.
    deleted.add("0")
    deleted.add("last")

    assert ["0" in deleted, "1" in deleted, "2" in deleted, "last" in deleted] == [True, False, True, True]
