"""netCDF-4 files on a disk that may refuse."""

from __future__ import annotations

import io
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

    import h5netcdf
    import h5py
    from _typeshed import ReadableBuffer


@contextmanager
def new_netcdf(file: Path) -> Iterator[h5netcdf.File]:
    """Give a new netCDF-4 file to fill; raises OSError in the end if the disk refused."""
    import h5netcdf

    with _disk(file) as disk, h5netcdf.File(disk, "w") as target:
        yield target


@contextmanager
def new_hdf5(file: Path) -> Iterator[h5py.File]:
    """Give a new HDF5 file to fill; raises OSError in the end if the disk refused.

    It keeps the order of what is put into it, as a netCDF-4 file does.
    """
    import h5py

    with _disk(file) as disk, h5py.File(disk, "w", track_order=True) as target:
        yield target


@contextmanager
def _disk(file: Path) -> Iterator[_Disk]:
    with _Disk(file, "w+") as disk:
        try:
            with _interrupts_as_failures(disk):
                yield disk
        finally:
            if disk.failure is not None:
                raise disk.failure


@contextmanager
def _interrupts_as_failures(disk: _Disk) -> Iterator[None]:
    """Take an interrupt as a failure of the disk: nothing more is written, and it comes at the end.

    Raised where HDF5 calls back, it would leave HDF5 with a file that it cannot close.
    """

    def take(_number: int, _frame: FrameType | None) -> None:
        disk.failure = disk.failure or KeyboardInterrupt()

    heeded = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(heeded):
        yield  # no interrupt is raised here
        return
    signal.signal(signal.SIGINT, take)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, heeded)


class _Disk(io.FileIO):
    """A file that remembers a failure and goes on as if all were well.

    HDF5 cannot close a file that it could not write, and then crashes when Python ends.
    """

    failure: BaseException | None = None
    end = 0

    def write(self, data: ReadableBuffer, /) -> int:
        view = memoryview(data).cast("B")
        size = len(view)
        try:
            self.end = max(self.end, self.tell() + size)
            while self.failure is None and view:
                view = view[super().write(view) :]
        except OSError as failure:
            self.failure = failure
        return size

    def truncate(self, size: int | None = None, /) -> int:
        self.end = self.tell() if size is None else size
        try:
            super().truncate(self.end)
        except OSError as failure:
            self.failure = self.failure or failure
        return self.end

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        if self.failure is not None and whence == os.SEEK_END:
            offset, whence = self.end + offset, os.SEEK_SET
        return super().seek(offset, whence)
