"""The result of checking one expectation; separate from Great Expectations, whose import takes seconds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Checked:
    """One expectation and its result.

    Attributes:
        expectation: Its type, as Great Expectations names it.
        expected: The same in words.
        bad_rows: For each row that broke it: the primary key, then the offending values.
        row_numbers: Positions of those rows in the checked table; empty if the expectation is about the whole table.
        observed: What was observed, for expectations about the whole table.
    """

    table: str
    expectation: str
    expected: str
    passed: bool
    element_count: int
    unexpected_count: int
    bad_rows: tuple[dict[str, str], ...]
    row_numbers: tuple[int, ...]
    observed: str

    @property
    def sentence(self) -> str:
        """What was expected and what was found, in one line."""
        if not self.bad_rows:
            return f"{self.table}: expected that {self.expected}; got {self.observed or 'something else'}"
        first = ", ".join(f"{name}={value}" for name, value in self.bad_rows[0].items())
        return f"{self.table}: expected that {self.expected}; {self.unexpected_count} row(s) break it, first: {first}"
