import pyarrow as pa

from sparkwright.held_out import without_faults


def test_a_fault_that_the_lab_injected_is_nothing_to_size_by_and_a_job_of_that_name_is() -> None:
    runs = pa.table(
        {
            "workload_id": ["sort", "fault_disk_sort", "fault_disk_sort", "my_fault_report"],
            "origin": ["lab", "lab", "cluster", "lab"],
        }
    )
    assert without_faults(runs).to_pylist() == [runs.to_pylist()[position] for position in (0, 2, 3)]
