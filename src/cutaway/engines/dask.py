"""The engine of a cluster: Dask's workers turn blocks of rows into states and add these in pairs of neighbours.

Each worker reads its own blocks from the files; only functions go to it and only states come back. A worker that dies
takes nothing along: Dask gives its blocks to another, which reads them again.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, NoReturn, Self, TypeVar, cast

from cutaway.core.errors import InputError, InputTypeError
from cutaway.core.progress import Progress, silent
from cutaway.core.states import State
from cutaway.core.table import Batch
from cutaway.core.threads import alone
from cutaway.engines.cluster import Client, connected, explained, imported
from cutaway.engines.readers.decoding import Reading
from cutaway.engines.readers.look import Look, Looking
from cutaway.engines.readers.opening import file_origin
from cutaway.engines.readers.parquet import Parquet
from cutaway.engines.readers.parts import Part, parts
from cutaway.engines.readers.table import Table
from cutaway.engines.readers.wording import shown
from cutaway.engines.source import Source
from cutaway.engines.sums import BLOCK_BATCHES, REPLAY_BATCHES, block, by_eights, neighbours

Future = Any  # of distributed, as Client

S = TypeVar("S", bound=State)

WORKERS = 2
PATIENCE_SECONDS = 10.0
KEPT_SHARE = 0.5  # of the workers' memory, which a replay may take; Dask itself begins to spill at 0.6
LARGE_BYTES = 100_000  # a function that takes more is sent to each worker once, not with each block


class SpreadTable(Table):
    """A table of Parquet files, and the parts that workers read of it: one a block of a fold, or of a replay."""

    def __init__(self, origin: Parquet, blocks: tuple[Part, ...], **settings: Any) -> None:
        self.blocks = blocks
        self.short_blocks = parts(origin, REPLAY_BATCHES)
        super().__init__(origin, keep_bytes=0, **settings)


class Dask:
    """An engine over a Dask cluster, and the context in which it is connected.

    `scheduler`: the address of a running scheduler, such as "tcp://10.0.0.1:8786", whose workers have this version of
    cutaway and see the files under the same names. Without one, `workers` processes of this machine are started, which
    listen to nobody but their owner (on the loopback interface, encrypted), and are ended with the context.

    Raises: MissingExtraError without Dask, InputError for a scheduler that does not answer or has no fit workers.

        with Dask() as engine:
            cutaway.audit("parts/*.parquet", target="y", engine=engine)

    A script that starts a cluster has to do it below `if __name__ == "__main__":`, as with any process pool.
    """

    def __init__(
        self, scheduler: str | None = None, *, workers: int = WORKERS, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        self.scheduler = scheduler
        self._workers = workers
        self._patience = patience_seconds
        self._stack = ExitStack()
        self._client: Client | None = None

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._client = stack.enter_context(connected(self.scheduler, self._workers, self._patience))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._client = None
        self._stack.close()

    @property
    def client(self) -> Client:
        """Dask's client.

        Raises: InputError outside of the context.
        """
        if self._client is None:
            raise InputError("Dask: expected an engine that is connected; use it in `with Dask() as engine:`")
        return self._client

    def open(
        self, table: Any, *, text: Collection[str] = (), drop: Collection[str] = (), progress: Progress = silent
    ) -> SpreadTable:
        """The source over Parquet files, looked through by the workers. `table`: a path or a pattern.

        Raises: InputError for a file or column that cannot be used, InputTypeError for what is no path.
        """
        if not isinstance(table, (str, os.PathLike)):
            raise InputTypeError(
                f"engine Dask: expected the path of Parquet files, got {shown(type(table).__name__)}; save the table "
                f"with to_parquet, or leave out engine"
            )
        origin = file_origin(table, text)
        if not isinstance(origin, Parquet):
            raise InputError(
                f"engine dask reads Parquet files, and {shown(origin.name)} is none; save it as Parquet, "
                f'pandas.read_csv(...).to_parquet("table.parquet"), or use the engine local'
            )
        blocks = parts(origin, BLOCK_BATCHES)

        def look(looking: Looking) -> Look:
            if not blocks:
                return looking.zero
            jobs = [(_look, part, self._sent(looking)) for part in blocks]
            found = self._summed(jobs, [part.rows for part in blocks], progress, f"reading {origin.name}")
            return cast(Look, found)

        return SpreadTable(origin, blocks, text=text, drop=drop, elsewhere=look)

    def fold(
        self,
        source: Source,
        columns: Sequence[str] | None,
        of: Callable[[Batch], S],
        zero: S | None = None,
        *,
        progress: Progress = silent,
        stage: str = "reading rows",
    ) -> S:
        """The sum of `of(batch)` over the source's batches of `columns` (all when None), told to `progress` in rows.

        Raises: InputError for a source that this engine has not opened, and whatever `of` raises.
        """
        table = _spread(source)
        read = self._sent((table.readings, table.checked(columns)))
        work = self._sent(of)
        jobs = [(_fold, part, read, work, zero if k == 0 else None) for k, part in enumerate(table.blocks)]
        return cast(S, self._summed(jobs, [part.rows for part in table.blocks], progress, stage))

    def replay(
        self, source: Source, columns: Sequence[str], arrays: Callable[[Batch], tuple[Any, ...]]
    ) -> SpreadReplay:
        """A fold over `arrays(batch)` that can be asked many times. The arrays stay with the workers that made them, if
        they fit into `KEPT_SHARE` of all workers' memory; else each pass reads the files.
        """
        return SpreadReplay(self, _spread(source), tuple(columns), arrays)

    def memory(self) -> float:
        """Bytes that all workers may use; infinite where a worker has no limit."""
        limits = [worker["memory_limit"] for worker in self.client.scheduler_info(n_workers=-1)["workers"].values()]
        return float("inf") if not all(limits) else float(sum(limits))

    def _sent(self, value: Any) -> Any:  # bytes, or a future of them
        """The value as the workers get it; a task of its own where it is large, so that it can be made again."""
        data = imported("cloudpickle").dumps(value)
        return data if len(data) < LARGE_BYTES else self.client.submit(_itself, data, pure=False)

    def _mapped(self, jobs: Sequence[tuple[Any, ...]]) -> list[Future]:
        return list(self.client.map(_call, *map(list, zip(*jobs, strict=True)), pure=False))

    def _summed(self, jobs: Sequence[tuple[Any, ...]], rows: Sequence[int], progress: Progress, stage: str) -> Any:
        """The sum of one state a job, added on the workers in the order of `sums.neighbours`."""
        progress(stage, 0, sum(rows))
        with explained(self.scheduler):
            leaves = states = self._mapped(jobs)
            for groups in by_eights(len(states)):
                states = self._mapped([(_neighbours, [states[k] for k in group]) for group in groups])
            count = {leaf.key: n for leaf, n in zip(leaves, rows, strict=True)}
            done = 0
            for leaf in imported("distributed").as_completed(leaves, loop=self.client.loop):
                done += count[leaf.key]
                if leaf.status == "finished":
                    progress(stage, done, sum(rows))
            for leaf in leaves:
                if leaf.status == "error":
                    leaf.result()  # of several errors that of the first rows, as where they are read in order
            return states[0].result()


class SpreadReplay:
    """A fold over arrays that lie in the memory of the workers."""

    def __init__(
        self,
        engine: Dask,
        table: SpreadTable,
        columns: tuple[str, ...],
        arrays: Callable[[Batch], tuple[Any, ...]],
    ) -> None:
        self._engine = engine
        self._table = table
        self._read = engine._sent((table.readings, table.checked(columns)))
        self._arrays = engine._sent(arrays)
        first = arrays(next(table.short_blocks[0].batches(table.readings, columns, table.specs[0].name)))
        each = sum(array.nbytes for array in first if array is not None) / max(len(first[0]), 1)
        self._kept: list[Future] | None = None
        if each * table.rows <= KEPT_SHARE * engine.memory():
            self._kept = engine._mapped([(_arrays, part, self._read, self._arrays) for part in table.short_blocks])

    @property
    def kept(self) -> bool:
        """Whether the arrays stay with the workers."""
        return self._kept is not None

    def __call__(self, of: Callable[..., S], zero: S | None = None) -> S:
        """The sum of `of(*arrays)` over one pass."""
        work = self._engine._sent(of)
        zeros = [zero] + [None] * (len(self._table.short_blocks) - 1)
        if self._kept is not None:
            there = zip(self._kept, zeros, strict=True)
            jobs: list[tuple[Any, ...]] = [(_over, kept, work, start) for kept, start in there]
        else:
            made = zip(self._table.short_blocks, zeros, strict=True)
            jobs = [(_replay, part, self._read, self._arrays, work, start) for part, start in made]
        return cast(S, self._engine._summed(jobs, [part.rows for part in self._table.short_blocks], silent, ""))

    def __reduce__(self) -> tuple[type[_Elsewhere], tuple[()]]:
        """What a function sent to a worker may carry along of it: nothing, since the arrays are there already."""
        return _Elsewhere, ()


class _Elsewhere:
    """What a replay is to a worker."""

    def __call__(self, *arguments: object) -> NoReturn:
        raise RuntimeError("a pass is asked for where the rows are gathered, not by a function that goes to the rows")


def _spread(source: Source) -> SpreadTable:
    if not isinstance(source, SpreadTable):
        raise InputError(
            f"engine Dask: expected a source that it has opened itself, got {source.name}; use engine.open"
        )
    return source


# What follows runs on the workers.


def _call(work: Callable[..., Any], *arguments: Any) -> Any:
    with alone():  # Dask keeps the cores busy with blocks
        return work(*arguments)


def _itself(data: bytes) -> bytes:
    return data


def _neighbours(states: list[Any]) -> Any:
    return neighbours(states)


def _look(part: Part, looking_sent: bytes) -> Look:
    looking: Looking = pickle.loads(looking_sent)
    look, rows = looking.zero, part.start
    for batch in part.stored(list(looking.families)):
        settled = looking.settled(batch)
        look += looking.of(settled, rows)
        rows += settled.num_rows
    return look


def _batches(part: Part, read_sent: bytes) -> Iterator[Batch]:
    readings: Mapping[str, Reading]
    readings, columns = pickle.loads(read_sent)
    return part.batches(readings, columns, next(iter(readings)))


def _fold(part: Part, read_sent: bytes, of_sent: bytes, zero: Any) -> Any:
    return block(((batch,) for batch in _batches(part, read_sent)), pickle.loads(of_sent), zero)


def _arrays(part: Part, read_sent: bytes, arrays_sent: bytes) -> list[tuple[Any, ...]]:
    return list(map(pickle.loads(arrays_sent), _batches(part, read_sent)))


def _replay(part: Part, read_sent: bytes, arrays_sent: bytes, of_sent: bytes, zero: Any) -> Any:
    return block(map(pickle.loads(arrays_sent), _batches(part, read_sent)), pickle.loads(of_sent), zero)


def _over(kept: list[tuple[Any, ...]], of_sent: bytes, zero: Any) -> Any:
    return block(kept, pickle.loads(of_sent), zero)
