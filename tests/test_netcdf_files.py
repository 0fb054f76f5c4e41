"""An interrupt while HDF5 writes: it comes when the file is closed, never inside HDF5."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from vnjp_sim.storage.netcdf_files import new_hdf5

AT_EACH_CALL = """
import signal, sys
from pathlib import Path
import numpy as np
from vnjp_sim.storage import netcdf_files

signal.signal(signal.SIGINT, signal.default_int_handler)

class Interrupted(netcdf_files._Disk):
    def seek(self, *where):
        signal.raise_signal(signal.SIGINT)
        return super().seek(*where)

    def write(self, data):
        signal.raise_signal(signal.SIGINT)
        return super().write(data)

netcdf_files._Disk = Interrupted
try:
    with netcdf_files.new_netcdf(Path(sys.argv[1])) as target:
        target.dimensions = {"x": 200000}
        for name in "abc":
            target.create_variable(name, ("x",), data=np.arange(200000.0), chunks=(1000,))
except KeyboardInterrupt:
    sys.exit(130)
"""


def test_an_interrupt_at_each_call_of_hdf5_ends_the_program_with_130(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", AT_EACH_CALL, str(tmp_path / "f.nc")],
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (130, "")


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_an_interrupt_comes_when_the_file_is_closed_and_stops_the_writing(tmp_path: Path) -> None:
    heeded = signal.signal(signal.SIGINT, signal.default_int_handler)
    file = tmp_path / "f.h5"
    reached = []

    def write() -> None:
        with new_hdf5(file) as target:
            signal.raise_signal(signal.SIGINT)
            target["long"] = np.arange(1_000_000.0)
            reached.append("the end")

    try:
        with pytest.raises(KeyboardInterrupt):
            write()
        assert reached
        assert file.stat().st_blocks * 512 < 1_000_000  # of 8 MB
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, heeded)


def test_files_are_written_from_threads_and_with_interrupts_ignored(tmp_path: Path) -> None:
    def write(name: str) -> None:
        with new_hdf5(tmp_path / name) as target:
            target["x"] = np.arange(3.0)

    thread = threading.Thread(target=write, args=["thread.h5"])
    thread.start()
    thread.join()
    heeded = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        write("ignored.h5")
    finally:
        signal.signal(signal.SIGINT, heeded)
    assert {path.name for path in tmp_path.iterdir()} == {"thread.h5", "ignored.h5"}
