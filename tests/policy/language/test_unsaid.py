"""What nobody said: days, names, values and directions that a text only mentions become no rule."""

import pytest

from sparkwright.policy.language.read import read_policy
from sparkwright.policy.language.score import differences

EIGHT = {"bounds": {"spark.executor.memory": {"max": "8g"}}}


def wrong(text, policy, asks=()):
    return differences(policy, list(asks), read_policy(text))


@pytest.mark.parametrize(
    "told",
    [
        "We can discuss it on Monday.",
        "Let's revisit this on Friday.",
        "Happy to answer questions on Thursday.",
        "You can reach me on Tuesday.",
        "We should talk about the rest on Wednesday.",
        "Glad to explain the details on Friday.",
        "Feel free to drop by on Wednesday.",
    ],
)
def test_a_day_for_talking_is_no_day_of_the_rule(told):
    assert [
        text
        for text in (f"Executors may use at most 8 GB. {told}", f"{told} Executors may use at most 8 GB.")
        if wrong(text, EIGHT)
    ] == []


@pytest.mark.parametrize(
    "text",
    [
        "Executors at most 8 GB on Monday mornings.",
        "On Friday evenings executors may use at most 8 GB.",
        "Executors get at most 8 GB on Saturday night.",
        "Executors: at most 8 GB, every Tuesday afternoon.",
    ],
)
def test_a_part_of_a_day_is_asked_back_and_not_the_whole_day(text):
    assert wrong(text, EIGHT, ["scope"]) == []


def test_a_part_of_a_day_with_its_hours_is_read():
    window = {"days": ["mon"], "start": "06:00", "end": "09:00", "timezone": "UTC"}
    text = "Monday morning from 6:00 to 9:00 UTC executors get at most 8 GB."
    assert wrong(text, {**EIGHT, "scope": {"windows": [window]}}) == []


@pytest.mark.parametrize(
    "text",
    [
        "Alle bis auf das Team preise: höchstens 8 GB Speicher pro Executor.",
        "Tout le monde à part l'équipe prix : 8 Go par exécuteur au maximum.",
        "Toutes les équipes hormis prix : 8 Go par exécuteur au maximum.",
        "Todos menos el equipo tienda: máximo 8 GB por ejecutor.",
        "Everyone save team prices: at most 8 GB per executor.",
        "All teams bar prices: at most 8 GB per executor.",
        "Everybody minus team prices gets at most 8 GB per executor.",
    ],
)
def test_whom_a_rule_leaves_out_is_never_whom_it_is_for(text):
    assert wrong(text, EIGHT, ["scope"]) == []


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        (
            "Executors may use at most 8 GB in queue adhoc, the OOM tickets have to stop",
            {"queues": ["adhoc"]},
        ),
        ("Executors of team ads get at most 8 GB, the GC logs show why", {"teams": ["ads"]}),
        ("Executors of an adhoc queue job get at most 8 GB.", {"queues": ["adhoc"]}),
        ("In any nightly-* queue run an executor has at most 8 GB.", {"queues": ["nightly-*"]}),
        ("spark.executor.memory <= 8g  # queue: etl, owner: platform", {"queues": ["etl"]}),
        ("spark.executor.memory <= 8g  # team: ads, ticket: OPS-17", {"teams": ["ads"]}),
        ("Team? ads. Executors at most 8 GB.", {"teams": ["ads"]}),
        ("Executors at most 8 GB. Queue? etl.", {"queues": ["etl"]}),
        ("Executors at most 8 GB, all queues below marketing, i.e. marketing-*", {"queues": ["marketing-*"]}),
    ],
)
def test_only_names_are_names(text, scope):
    assert wrong(text, {**EIGHT, "scope": scope}) == []


@pytest.mark.parametrize(
    "text",
    [
        "More than 8 GB per executor is overkill.",
        "Executors with more than 8 GB are a waste of money.",
        "Over 8 GB per executor is pointless.",
        "An executor with more than 8 GB makes no sense.",
        "More than 8 GB per executor is simply unnecessary.",
        "We want that no job takes more memory for the executor than 8 GB.",
        "Nobody needs more memory per executor than 8 gigabytes.",
        "An executor with more than 8 GB is a waste. Eight gigabytes is the maximum for executor memory.",
        "> who allowed 64g executors??\n> nobody, there was no rule\nthen here's one: executors max 8g",
        "> executors with 64g?? who did that\nExecutor memory is capped at 8 GB.",
        "> why did we see a driver with 32g\n> no idea\nOk: executors at most 8 GB.",
    ],
)
def test_what_is_too_much_is_a_maximum(text):
    assert wrong(text, EIGHT) == []


@pytest.mark.parametrize(
    "text",
    [
        "8 GB per executor feels right.",
        "8 GB per executor sounds reasonable to me.",
        "8 GB per executor seems fine.",
        "I think 8 GB per executor would be nice.",
        "8 GB per executor looks about right.",
        "Executors with 8 GB are useless.",
    ],
)
def test_an_opinion_about_an_amount_is_asked_back(text):
    assert wrong(text, None, ["bounds"]) == []


@pytest.mark.parametrize(
    "text",
    [
        "Could somebody cap executor memory for team ads at a reasonable value?",
        "Can anyone put a limit on the driver heap for queue etl?",
        "Would someone kindly restrict executor memory for queue etl to something modest?",
    ],
)
def test_a_request_to_somebody_without_an_amount_is_asked_back(text):
    assert wrong(text, None, ["bounds"]) == []


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("No more than three task retries.", "4"),
        ("At most 2 retries per task.", "3"),
        ("A task may be retried at most 5 times.", "6"),
        ("A task may be attempted at most 4 times.", "4"),
        ("At most 4 task failures.", "4"),
    ],
)
def test_retries_of_a_task_are_one_less_than_its_failures(text, most):
    assert wrong(text, {"bounds": {"spark.task.maxFailures": {"max": most}}}) == []


@pytest.mark.parametrize(
    ("text", "budget"),
    [
        ("Jobs of team ads may take at most 2 TB of memory each.", {"measure": "memory_gib", "max": 2048}),
        ("Applications of team ads can use up to 64 cores each.", {"measure": "cores", "max": 64}),
        ("Runs of team ads: no more than 500 GB of memory each.", {"measure": "memory_gib", "max": 500}),
    ],
)
def test_each_is_each_of_what_was_named(text, budget):
    assert wrong(text, {"scope": {"teams": ["ads"]}, "budgets": [budget]}) == []


@pytest.mark.parametrize(
    "names", [("spark.jars", "spark.plugins", "spark.files"), ("spark.jars.packages", "spark.driver.extraClassPath")]
)
@pytest.mark.parametrize("head", ["Forbidden:", "Must not be set on our cluster:", "Nobody may set any of these:"])
def test_what_heads_a_list_of_properties_is_said_of_each(head, names):
    lines = "\n".join(f"- {name}" for name in names)
    assert wrong(f"{head}\n{lines}", {"forbids": [{"property": name} for name in names]}) == []


@pytest.mark.parametrize(
    ("title", "when"),
    [
        ("Night rule", {"start": "22:00", "end": "06:00", "timezone": "UTC"}),
        ("Lunch policy", {"start": "11:30", "end": "13:00", "timezone": "UTC"}),
    ],
)
def test_hours_below_a_title_are_hours(title, when):
    text = f"{title}\n{when['start']}-{when['end']} UTC: executors at most 8 GB."
    assert wrong(text, {**EIGHT, "scope": {"windows": [when]}}) == []


def test_up_from_an_hour_is_from_it():
    window = {"start": "20:00", "end": "23:00", "timezone": "UTC"}
    text = "Up from 20:00 until 23:00 UTC executors may use at most 8 GB."
    assert wrong(text, {**EIGHT, "scope": {"windows": [window]}}) == []


def test_a_topic_before_a_property_is_no_value():
    policy = {"bounds": {"spark.kryoserializer.buffer.max": {"max": "512m"}}}
    assert wrong("Kryo: spark.kryoserializer.buffer.max at most 512m.", policy) == []
    assert wrong("Kryo - spark.kryoserializer.buffer.max must not exceed 512m.", policy) == []


@pytest.mark.parametrize("text", ["Executor memory must not go over 8 or 16 GB.", "No executor may exceed 8 or 16 GB."])
def test_one_of_two_limits_is_asked_back(text):
    assert wrong(text, None, ["bounds"]) == []


@pytest.mark.parametrize(
    "why", ["the JDBC sink is not idempotent", "our sink does not tolerate it", "it never helped", "nobody benefits"]
)
@pytest.mark.parametrize("sign", [", ", "; ", " - ", ": "])
def test_a_reason_with_a_no_turns_no_switch(why, sign):
    assert (
        wrong(
            f"Speculation must be off for queue etl{sign}{why}",
            {"scope": {"queues": ["etl"]}, "requires": {"spark.speculation": "false"}},
        )
        == []
    )


@pytest.mark.parametrize(
    "told",
    [
        "Without it the join takes the whole night.",
        "The small ones spend half of their time in GC.",
        "The bigger ones sit idle half of the night.",
        "Without that a backfill lasts all night.",
    ],
)
def test_what_would_be_otherwise_asks_for_nothing(told):
    assert wrong(f"Executors may use at most 8 GB. {told}", EIGHT) == []


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("executor.memroy at most 8g", "bounds"),
        ("driver.memorry must not exceed 4g", "bounds"),
        ("executor.memoryOverhed at most 1g", "bounds"),
        ("sql.shuffle.partitons at most 400", "bounds"),
        ("dynamicAllocation.enabeld must be true", "requires"),
    ],
)
def test_a_misspelt_name_without_its_head_is_asked_back(text, part):
    understood = read_policy(text)
    assert [one.part for one in understood.questions] == [part], understood
    assert "spark." in understood.questions[0].question


def test_a_misspelt_german_limit_stays_one():
    policy = {"bounds": {"spark.executor.cores": {"max": "4"}}}
    for word in ("begrentzen", "beschrenken", "begrenzzen"):
        assert wrong(f"Bitte die Kerne je Executor auf 4 {word}.", policy) == []


def test_a_vague_amount_beside_foreign_money_is_asked_back_too():
    text = "team ads: 300 pounds per week tops, and executors there should get a sensible amount of memory"
    assert wrong(text, None, ["bounds", "budgets"]) == []
