"""netCDF-4 files on a disk that may refuse."""

from __future__ import annotations

import io
import os
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from types import FrameType

    import h5netcdf
    import h5py
    from _typeshed import ReadableBuffer
    from numpy.typing import NDArray


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


class NewVariables:
    """Writes variables of numbers into an HDF5 file, all over the same dimensions.

    It calls HDF5 itself: where a file holds a hundred variables with ten texts each, the wrapping
    of these calls in h5py takes twice as long as the calls.

    Parameters
    ----------
    target : h5py.File
        The file.
    scales : Sequence[h5py.h5d.DatasetID]
        Of each dimension.
    """

    def __init__(self, target: h5py.File, scales: Sequence[h5py.h5d.DatasetID]) -> None:
        from h5py import h5p, h5s, h5t, string_dtype

        self.target, self.scales = target, scales
        self.plan = h5p.create(h5p.DATASET_CREATE)
        self.plan.set_obj_track_times(False)
        self.plan.set_attr_creation_order(h5p.CRT_ORDER_TRACKED | h5p.CRT_ORDER_INDEXED)
        self.one = h5s.create_simple(())
        self.text = string_dtype()
        self.text_types = (h5t.py_create(self.text, logical=True), h5t.py_create(self.text))

    def add(self, name: str, values: NDArray[np.float64], attributes: Mapping[str, str]) -> None:
        """Write a variable, its values of the shape of the dimensions; raises OSError."""
        from h5py import h5a, h5d, h5ds, h5s, h5t

        values = np.ascontiguousarray(values)
        kind, space = h5t.py_create(values.dtype, logical=True), h5s.create_simple(values.shape)
        variable = h5d.create(self.target.id, name.encode(), kind, space, dcpl=self.plan)
        variable.write(h5s.ALL, h5s.ALL, values)
        for axis, scale in enumerate(self.scales):
            h5ds.attach_scale(variable, scale, axis)
        stored, given = self.text_types
        for key, text in attributes.items():
            attribute = h5a.create(variable, key.encode(), stored, self.one)
            attribute.write(np.array(text, self.text), mtype=given)


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
