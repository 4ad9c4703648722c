"""Which modules of the project import which."""

from graphlib import CycleError, TopologicalSorter

import grimp

ROOMS = ("data_contracts", "sparkwright", "training", "evaluation", "serving")


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Also not for type checking only: two that must be read together are one thing in two files."""
    graph = grimp.build_graph(*ROOMS, exclude_type_checking_imports=False, cache_dir=None)
    sorter = TopologicalSorter({name: graph.find_modules_directly_imported_by(name) for name in graph.modules})
    try:
        sorter.prepare()
    except CycleError as error:
        raise AssertionError(f"{error.args[0]}: {' <- '.join(error.args[1])}") from None
