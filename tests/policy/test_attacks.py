"""Texts that are made to take long, to lose their scope or to say two things at once."""

import time

import pytest

from sparkwright.policy.language.read import MAX_LENGTH, read_policy


@pytest.fixture(scope="module", autouse=True)
def _patterns_are_compiled():
    read_policy("Executors of team ads get at most 8 GB.")


@pytest.mark.parametrize(
    "letters",
    ["a/b/c/" * 7, "a/b/c/" * 300, "执行器内存最多8GB," * 200, "\n" * 2000, "at most 8 GB 9 GB " * 200, "ab-" * 666],
)
def test_repeated_words_take_no_longer_than_others(letters):
    started_s = time.process_time()
    read_policy(letters[:MAX_LENGTH])
    assert time.process_time() - started_s < 2.0


@pytest.mark.parametrize("names", ["alpha/beta", "alpha / beta", "alpha and beta", "alpha & beta"])
def test_names_that_a_stroke_joins_are_several(names):
    scope = read_policy(f"Executors in queues {names} may use at most 8 GB.").parts["scope"]
    assert scope == {"queues": ["alpha", "beta"]}


@pytest.mark.parametrize(
    "whom",
    [
        "Jobs in queue [etl]",
        "Jobs in queue (etl)",
        "Jobs in queue <etl>",
        "Jobs in queue #etl",
        "Jobs in queue @etl",
        "Jobs in queue .etl",
        "Jobs in the [etl] queue",
        "User o'brien",
        "User CORP\\ann",
        "Team R&D",
        "Team C++",
        "Jobs in queue etl$",
        "Queues ads&risk",
        "Les executeurs des utilisateurs d'etl",
    ],
)
def test_a_name_that_cannot_be_read_whole_is_asked_about(whom):
    understood = read_policy(f"{whom} may use at most 8 GB per executor.")
    assert understood.policy is None
    assert [one.part for one in understood.questions] == ["scope"]


def test_a_name_in_quotes_may_have_any_letters():
    understood = read_policy("Team 'R&D' may use at most 8 GB per executor.")
    assert understood.parts["scope"] == {"teams": ["R&D"]}
    assert understood.questions == ()


def test_a_number_behind_its_noun_is_a_name():
    understood = read_policy("Team 7: at most 4 cores per executor.")
    assert understood.parts == {"scope": {"teams": ["7"]}, "bounds": {"spark.executor.cores": {"max": "4"}}}
    assert read_policy("Each team 7 executors at most.").parts.get("scope") is None


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("Dynamic allocation must be on and must be off.", "requires"),
        ("Speculation is required and forbidden.", "requires"),
        ("Speculation must be disabled but enabled.", "requires"),
        ("Executor memory at most half of 16 GB.", "bounds"),
        ("A third of 9 GB per executor.", "bounds"),
        ("\ud800 At most 8 GB per executor.", "scope"),
    ],
)
def test_what_one_clause_leaves_undecided_is_asked_about(text, part):
    understood = read_policy(text)
    assert understood.policy is None
    assert [one.part for one in understood.questions] == [part]


@pytest.mark.parametrize(
    "text",
    [
        "Dynamic allocation must be on and speculation must be off.",
        "Dynamic allocation must be on and may not be turned off.",
        "Executor memory at most half a terabyte.",
    ],
)
def test_what_only_looks_undecided_is_understood(text):
    assert read_policy(text).questions == ()


@pytest.mark.parametrize(
    "text",
    [
        "In our team (see the wiki) executors get at most 8 GB.",
        "Team ads (ETL) may use at most 8 GB per executor.",
        "The users' jobs may use at most 8 GB per executor.",
        "Queue etl* may use at most 8 GB per executor.",
    ],
)
def test_what_stands_behind_a_noun_and_is_no_name_asks_nothing(text):
    assert read_policy(text).questions == ()
