"""Write numpy arrays into the files of a version."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.index.versions import WriteFile


def array_writer(values: object, dtype: type) -> WriteFile:
    """Return a function that writes the values to a .npy file."""

    def write(path: Path) -> None:
        array: NDArray[np.generic] = np.asarray(values, dtype=dtype)
        with path.open("wb") as file:
            np.lib.format.write_array_header_1_0(file, np.lib.format.header_data_from_array_1_0(array))
            # numpy itself bypasses the file object and does not report a full disk.
            file.write(array.data)

    return write
