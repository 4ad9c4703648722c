"""Quantities: every writing of a number, its unit and its span."""

import doctest

import pytest

from sparkwright.requirements.amounts import quantities
from sparkwright.requirements.amounts.quantities import read_quantities

HOUR, MINUTE, DAY = 3_600_000, 60_000, 86_400_000


def _only(text, kind):
    found = [one for one in read_quantities(text) if one.kind == kind]
    assert len(found) == 1, found
    return found[0]


def test_the_example_of_the_module_holds():
    assert doctest.testmod(quantities).attempted > 0
    assert doctest.testmod(quantities).failed == 0


@pytest.mark.parametrize(
    ("text", "value_ms"),
    [
        ("within two hours", 2 * HOUR),
        ("an hour and a half", 1.5 * HOUR),
        ("two and a half hours", 2.5 * HOUR),
        ("half an hour", 0.5 * HOUR),
        ("three quarters of an hour", 45 * MINUTE),
        ("1h30", 90 * MINUTE),
        ("1h30m", 90 * MINUTE),
        ("1:30 hours", 90 * MINUTE),
        ("2½ hours", 150 * MINUTE),
        ("1 1/2 hours", 90 * MINUTE),
        ("one hour and thirty minutes", 90 * MINUTE),
        ("PT2H30M", 150 * MINUTE),
        ("45 minuts", 45 * MINUTE),
        ("thre hours", 3 * HOUR),
        ("in zweieinhalb Stunden", 2.5 * HOUR),
        ("anderthalb Stunden", 1.5 * HOUR),
        ("eine halbe Stunde", 0.5 * HOUR),
        ("fünfundvierzig Minuten", 45 * MINUTE),
        ("eine Dreiviertelstunde", 45 * MINUTE),
        ("2 days", 2 * DAY),
    ],
)
def test_durations(text, value_ms):
    assert _only(text, "duration").value == value_ms


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("200 GB", 200e9),
        ("200g", 200 * 2**30),
        ("3 TiB", 3 * 2**40),
        ("1.5 TB", 1.5e12),
        ("1,500 MB", 1.5e9),
        ("1 500 MB", 1.5e9),
        ("die 1,5 TB, die wir haben", 1.5e12),
        ("die 1.500 MB, die wir haben", 1.5e9),
        ("half a terabyte", 5e11),
        ("two hundred and fifty gigabytes", 250e9),
        ("zweihundertfünfzig Gigabyte", 250e9),
        ("-5 GB", -5e9),
    ],
)
def test_sizes(text, value):
    assert _only(text, "bytes").value == value


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("$20", 20, "USD"),
        ("EUR 2k", 2000, "EUR"),
        ("$1.5 million", 1.5e6, "USD"),
        ("twenty five euros", 25, "EUR"),
        ("fifty cents", 0.5, "USD"),
        ("1 200,50 € sind die Grenze", 1200.5, "EUR"),
        ("£3,000", 3000, "GBP"),
        ("100 kr", 100, "?"),
        ("five hundred thousand dollars", 500_000, "USD"),
    ],
)
def test_money(text, amount, currency):
    found = _only(text, "money")
    assert (found.value, found.unit) == (amount, currency)


def test_a_vague_number_is_told_from_an_exact_one():
    assert _only("a few hundred gigs", "bytes").is_vague
    assert _only("ein paar Stunden", "duration").is_vague
    assert not _only("a hundred gigs", "bytes").is_vague


@pytest.mark.parametrize("text", ["Spark 3.5.1", "JIRA-1234", "app_200g_v2", "s3://bucket/200gb/x", "2026-03-01"])
def test_names_versions_and_dates_hold_no_quantity(text):
    assert read_quantities(f"the job {text} here") == []


def test_spans_point_into_the_text():
    text = "Für 1,5 TB höchstens zwei Stunden"
    assert [text[one.start : one.end] for one in read_quantities(text)] == ["1,5 TB", "zwei Stunden"]
