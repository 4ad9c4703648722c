"""What came of checking one expectation; kept apart from Great Expectations, whose import takes seconds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Checked:
    """One expectation and what came of it.

    Attributes:
        expectation: Its type, as Great Expectations names it.
        expected: The same in words.
        bad_rows: Of each row that broke it: primary key first, then the values that did.
        row_numbers: Where those rows stand in the table that was checked; the expectation is of the table as a whole
            where it failed without any.
        observed: What was seen, for expectations of the table as a whole.
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
        """What was expected and what came, in one line."""
        if not self.bad_rows:
            return f"{self.table}: expected that {self.expected}; got {self.observed or 'something else'}"
        first = ", ".join(f"{name}={value}" for name, value in self.bad_rows[0].items())
        return f"{self.table}: expected that {self.expected}; {self.unexpected_count} row(s) break it, first: {first}"
