"""netCDF-4 files on a disk that may refuse."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import h5netcdf
    from _typeshed import ReadableBuffer


@contextmanager
def new_netcdf(file: Path) -> Iterator[h5netcdf.File]:
    """Give a new netCDF-4 file to fill; raises OSError in the end if the disk refused."""
    import h5netcdf

    with _Disk(file, "w+") as disk:
        with h5netcdf.File(disk, "w") as target:
            yield target
        if disk.failure is not None:
            raise disk.failure


class _Disk(io.FileIO):
    """A file that remembers a failure and goes on as if all were well.

    HDF5 cannot close a file that it could not write, and then crashes when Python ends.
    """

    failure: BaseException | None = None

    def write(self, data: ReadableBuffer, /) -> int:
        view = memoryview(data).cast("B")
        size = len(view)
        try:
            while self.failure is None and view:
                view = view[super().write(view) :]
        except (OSError, KeyboardInterrupt) as failure:
            self.failure = failure
        return size

    def truncate(self, size: int | None = None, /) -> int:
        try:
            return super().truncate(size)
        except (OSError, KeyboardInterrupt) as failure:
            self.failure = self.failure or failure
            return self.tell() if size is None else size
