"""Many short runs in one cluster and one driver; the caller decides after each what to run next.

:func:`evaluation.lab.runner.run_campaign` knows its launches in advance; an oracle decides the next one from the last.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from evaluation.lab.campaign import Launch
from evaluation.lab.class_archive import ClassArchive
from evaluation.lab.cluster import cluster
from evaluation.lab.data import dataset
from evaluation.lab.driver import session
from evaluation.lab.manifest import Done, Manifest, sweep
from evaluation.lab.runner import execute


@contextmanager
def run_session(
    first: Launch, out: Path, manifest: Manifest, cache: Path, *, limit_s: float, cores_count: int, memory_mib: int
) -> Iterator[Callable[[Launch], Done]]:
    """Provide a function that runs one launch and adds it to the manifest.

    Args:
        first: Run once as a warm-up and discarded: it makes a new driver compile its code, and shows which classes an
            executor needs.
        out: Campaign folder.
        manifest: Manifest of that folder.
        cache: Folder of the generated inputs.
        limit_s: An application that runs longer is stopped.
        cores_count: Cores of the cluster's worker.
        memory_mib: Executor heap that the worker offers in total.

    Raises:
        MissingProgramError: Java, pyspark or tpchgen-cli is not installed.
    """
    folder = out / ".cluster"
    with cluster(folder, cores_count=cores_count, memory_mib=memory_mib) as running, session(running) as shared:
        archive = ClassArchive(running)

        def execute_one(launch: Launch) -> Done:
            return execute(launch, dataset(launch.inputs, launch.scale, cache), out, running, shared, limit_s)

        def run(launch: Launch) -> Done:
            done = execute_one(archive.sharing(launch))
            manifest.add(launch.launch_id, done)
            return done

        execute_one(archive.listing(first))
        sweep(out, manifest)
        archive.make()
        yield run
    shutil.rmtree(folder, ignore_errors=True)
