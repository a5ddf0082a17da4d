import gc
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from rag.sharing import Shared


class Large:
    pass


def test_all_users_of_a_key_share_one_object() -> None:
    shared, barrier, made = Shared[Large](), Barrier(8), []

    def make() -> Large:
        made.append(1)
        return Large()

    def get(_: int) -> Large:
        barrier.wait()
        return shared.get("encoder", make)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(get, range(8)))

    assert len(made) == 1
    assert len({id(one) for one in found}) == 1
    assert shared.get("other", make) is not found[0]


def test_an_object_that_nobody_holds_is_made_again() -> None:
    shared, made = Shared[Large](), []

    def make() -> Large:
        made.append(1)
        return Large()

    shared.get("encoder", make)
    gc.collect()
    shared.get("encoder", make)

    assert len(made) == 2
