"""Who computes blocks of draws: this thread, several threads, or the workers of a dask cluster.

A task is a function of what all tasks share and of its own block. Results come back in any order,
each with the place of its task, and few are in memory at a time. Which one computes what changes no
result.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from vnjp_sim.foundation.errors import EnvironmentFailureError
from vnjp_sim.storage.sources import source_hash

if TYPE_CHECKING:
    from distributed import Client

LOCAL = "local"
"""The cluster of processes on this machine."""
RETRIES = 3
"""How often a task is tried again."""
WAIT = "30s"
"""How long a scheduler may take to answer."""
AHEAD = 2
"""Tasks for each thread that are handed out at a time: one at work, one waiting."""
MUST_AGREE = ("vnjp-sim", "numpy", "scipy", "simpy")

Task = TypeVar("Task")
Result = TypeVar("Result")


class Workforce(Protocol):
    """Runs tasks."""

    local: bool
    """Whether tasks see the memory of this process."""

    def share(self, content: object) -> Any:
        """Bring what tasks share to whoever computes; return what stands for it."""

    def each(
        self, work: Callable[..., Result], shared: Sequence[Any], tasks: Sequence[Task]
    ) -> Iterator[tuple[int, Result]]:
        """Yield (place of the task, `work(*shared, task)`) in the order in which tasks end."""


@contextmanager
def workforce(workers: int = 1, cluster: str | None = None) -> Iterator[Workforce]:
    """Give who computes.

    Parameters
    ----------
    workers : int
        Threads; or processes of a local cluster.
    cluster : str | None
        `local`, or the address of a dask scheduler; None for threads.

    Raises
    ------
    EnvironmentFailureError
        distributed is not installed, no scheduler answers, or a worker fails again and again.
    """
    if cluster is None:
        yield Threads(workers)
        return
    require_cluster(cluster)
    with _client(workers, cluster) as client:
        yield Cluster(client)


def require_cluster(cluster: str | None) -> None:
    """Raise EnvironmentFailureError if a cluster is asked for that nothing here can reach."""
    if cluster is None:
        return
    try:
        import distributed  # noqa: F401 - only whether it is there
    except ImportError:
        raise EnvironmentFailureError(
            "a cluster needs dask.distributed, which is not installed; "
            'run: pip install "vnjp-sim[cluster]"'
        ) from None


class Threads:
    """Tasks in this process, in turn or in threads."""

    local = True

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def share(self, content: object) -> Any:
        """Return the content: threads see it."""
        return content

    def each(
        self, work: Callable[..., Result], shared: Sequence[Any], tasks: Sequence[Task]
    ) -> Iterator[tuple[int, Result]]:
        """Yield places and results, see :class:`Workforce`."""
        if self.workers <= 1 or len(tasks) <= 2:
            for place, task in enumerate(tasks):
                yield place, work(*shared, task)
            return
        left = iter(enumerate(tasks))
        running: dict[Future[Result], int] = {}
        with ThreadPoolExecutor(self.workers) as pool:
            while True:
                while len(running) < AHEAD * self.workers and (next_task := next(left, None)):
                    place, task = next_task
                    running[pool.submit(work, *shared, task)] = place
                if not running:
                    return
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    yield running.pop(future), future.result()


class Cluster:
    """Tasks on the workers of a dask cluster, tried again where a worker is lost."""

    local = False

    def __init__(self, client: Client) -> None:
        self.client = client

    def share(self, content: object) -> Any:
        """Copy the content to every worker; wait until there is one."""
        with _explained():
            self.client.wait_for_workers(1)
            return self.client.scatter(content, broadcast=True, hash=False)

    def each(
        self, work: Callable[..., Result], shared: Sequence[Any], tasks: Sequence[Task]
    ) -> Iterator[tuple[int, Result]]:
        """Yield places and results, see :class:`Workforce`."""
        from distributed import as_completed

        made_with, left = _made_with(), iter(enumerate(tasks))
        running = as_completed(loop=self.client.loop)
        places: dict[Any, int] = {}

        def submit() -> None:
            for place, task in left:
                future = self.client.submit(
                    _checked, made_with, work, *shared, task, retries=RETRIES, pure=False
                )
                places[future.key] = place
                running.add(future)
                return

        for _ in range(AHEAD * max(1, sum(self.client.nthreads().values()))):
            submit()
        for future in running:
            with _explained():
                result = future.result()
            place = places.pop(future.key)
            future.release()
            submit()
            yield place, result


@contextmanager
def _client(workers: int, cluster: str) -> Iterator[Client]:
    from distributed import Client, LocalCluster

    if cluster != LOCAL:
        with _explained(f"{cluster}: "):
            client = Client(cluster, timeout=WAIT, set_as_default=False)
        with client:
            yield client
        return
    with (
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            dashboard_address=":0",
            silence_logs=logging.CRITICAL,
        ) as processes,
        Client(processes, set_as_default=False) as client,
    ):
        yield client


@contextmanager
def _explained(place: str = "") -> Iterator[None]:
    """Raise what a cluster fails by as EnvironmentFailureError."""
    from distributed import CancelledError, KilledWorker

    try:
        yield
    except (CancelledError, KilledWorker, OSError) as error:
        fault = " ".join(str(error).split()) or type(error).__name__
        raise EnvironmentFailureError(
            f"{place}the cluster failed ({fault}); check its scheduler and its workers, then give "
            "the same command again: it goes on from the finished blocks"
        ) from None


def _checked(made_with: dict[str, str], work: Callable[..., Result], *words: Any) -> Result:
    """Do a task on a worker; raises EnvironmentFailureError if it would give other bytes."""
    differing = [name for name, here in _made_with().items() if made_with[name] != here]
    if differing:
        raise EnvironmentFailureError(
            f"a worker of the cluster has another {', '.join(differing)}; "
            "install the same versions on all machines"
        )
    return work(*words)


@lru_cache(maxsize=1)
def _made_with() -> dict[str, str]:
    """Return what the bytes of a result depend on beside its request."""
    return {"source of vnjp_sim": source_hash(), **{name: version(name) for name in MUST_AGREE}}
