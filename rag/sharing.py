"""Objects that are large to hold and slow to make, each made once for all who use it."""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

T = TypeVar("T")


class Shared(Generic[T]):
    """One object for each key, as long as somebody holds it; threads may ask at the same time."""

    def __init__(self) -> None:
        self._held: WeakValueDictionary[Hashable, T] = WeakValueDictionary()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the object of a key; make it if nobody holds one."""
        with self._lock:
            held = self._held.get(key)
            if held is None:
                held = self._held[key] = make()
            return held
