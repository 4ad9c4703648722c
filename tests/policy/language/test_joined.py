"""Kinds that authors L and R stand for: what is joined, asked first, told beside a rule, or misspelt."""

import pytest

from sparkwright.policy.language.read import read_policy

BOTH_24 = {"spark.executor.memory": {"max": "24g"}, "spark.driver.memory": {"max": "24g"}}
BOTH_8 = {"spark.executor.memory": {"max": "8g"}, "spark.driver.memory": {"max": "8g"}}
BOTH_ENDS = {"spark.executor.memory": {"min": "2g", "max": "16g"}, "spark.executor.cores": {"min": "1", "max": "5"}}


def parts(text):
    understood = read_policy(text)
    assert not understood.questions, understood
    return understood.parts


@pytest.mark.parametrize(
    "text",
    [
        "Executor memory and driver memory at most 24 GB",
        "Executor and driver memory at most 24 GB",
        "spark.executor.memory and spark.driver.memory must not exceed 24g",
        "At most 24 GB for spark.executor.memory and spark.driver.memory",
        "Executor memory at most 24 GB, same for drivers.",
        "Executors at most 24 GB, drivers too.",
        "Executors may have at most 24 GB, and so may drivers.",
        "Executor memory: max 24 GB. Driver memory: ditto.",
        "Executors dürfen höchstens 24 GB haben, der Treiber ebenso.",
        "Les exécuteurs ont au plus 24 Go, le driver aussi.",
        "Los ejecutores como máximo 24 GB, el driver igual.",
    ],
)
def test_what_is_said_of_two_holds_for_both(text):
    assert parts(text) == {"bounds": BOTH_24}


def test_properties_with_amounts_of_their_own_keep_them():
    assert parts("spark.executor.memory at most 8g and spark.driver.memory at most 4g")["bounds"] == {
        "spark.executor.memory": {"max": "8g"},
        "spark.driver.memory": {"max": "4g"},
    }


@pytest.mark.parametrize(
    "text",
    [
        "| Property | Min | Max |\n| spark.executor.memory | 2g | 16g |\n| spark.executor.cores | 1 | 5 |",
        "property | min | max\nspark.executor.memory | 2g | 16g\nspark.executor.cores | 1 | 5",
        "Setting;Minimum;Maximum\nexecutor memory;2g;16g\nexecutor cores;1;5",
        "Property\tMin\tMax\nspark.executor.memory\t2g\t16g\nspark.executor.cores\t1\t5",
        "Einstellung | Minimum | Maximum\nExecutor-Speicher | 2 GB | 16 GB\nExecutor-Kerne | 1 | 5",
        "Executor memory (min/max): 2g/16g\nmin/max executor cores: 1/5",
    ],
)
def test_tables_need_no_strokes_around_them(text):
    assert parts(text) == {"bounds": BOTH_ENDS}


def test_a_number_ends_with_its_line():
    assert parts("Executor cores: 1 - 4\nExecutors: 10 max") == {
        "bounds": {"spark.executor.cores": {"min": "1", "max": "4"}},
        "budgets": [{"measure": "executors", "max": 10.0, "per": "run"}],
    }


@pytest.mark.parametrize(
    ("text", "side"),
    [
        *((f"at {one} 2 cores per executor", "min") for one in ("leest", "lest", "laest", "leasst", "lesat")),
        *((f"at {one} 2 cores per executor", "max") for one in ("mots", "moost", "mst", "mosst")),
        *((f"no {one} 2 cores per executor", "max") for one in ("mroe than", "mor than", "more tahn")),
        *((f"not {one} 2 cores per executor", "min") for one in ("les than", "lss than", "less tahn")),
    ],
)
def test_a_misspelt_direction_stays_the_same(text, side):
    assert parts(text) == {"bounds": {"spark.executor.cores": {side: "2"}}}


@pytest.mark.parametrize(
    "text",
    [
        "From 9 to 5 London time no executor in queue dev may have more than 4 cores.",
        "No executor in queue dev may have more than 4 cores from 9 to 5 London time.",
        "From 9 to 5 no executor in queue dev may have more than 4 cores.",
        "Von 9 bis 5 Uhr darf kein Executor der Queue dev mehr als 4 Kerne haben.",
    ],
)
def test_a_missing_half_of_the_day_is_asked_for(text):
    understood = read_policy(text)
    assert [one.part for one in understood.questions] == ["scope"]
    assert understood.parts["bounds"] == {"spark.executor.cores": {"max": "4"}}


@pytest.mark.parametrize(
    "text",
    [
        "Speculation must be off, it flaps like crazy.",
        "Speculation must be off. It wastes a lot of cores.",
        "Speculation must be off: too many executors lost last Friday.",
        "Die Spekulation muss aus sein: zu viele Executors gingen verloren.",
        "La spéculation doit être désactivée : trop d'exécuteurs perdus vendredi dernier.",
        "Speculation must be off. Dynamic allocation already handles slow nodes.",
        "spark.speculation = false, required",
        "spark.speculation = false, enforced everywhere",
    ],
)
def test_a_reason_asks_for_nothing_and_rules_nothing(text):
    assert parts(text) == {"requires": {"spark.speculation": "false"}}


@pytest.mark.parametrize(
    "text",
    [
        "We moved 48 nodes with 512 GB each from Cologne to Frankfurt in January.",
        "The racks came with nodes of 256 GB.",
    ],
)
def test_what_happened_is_no_rule(text):
    understood = read_policy(text)
    assert (understood.parts, understood.questions) == ({}, ())


@pytest.mark.parametrize(
    "text",
    [
        "4 cores per executor and 8 GB per executor, those are the maximums.",
        "4 cores and 8 GB per executor - both maximums",
        "4 cores and 8 GB per executor, all of them upper limits",
        "4 Kerne und 8 GB pro Executor, das sind die Obergrenzen.",
        "4 coeurs et 8 Go par exécuteur, ce sont les maximums.",
    ],
)
def test_what_ends_a_list_is_said_of_all_of_it(text):
    assert parts(text) == {"bounds": {"spark.executor.cores": {"max": "4"}, "spark.executor.memory": {"max": "8g"}}}


@pytest.mark.parametrize(
    "text",
    [
        "When the platform is local, drivers get at most 4 GB.",
        "platform: local — driver memory at most 4 GB",
        "With master local[*], driver memory is at most 4 GB",
        "Ist die Plattform lokal, bekommt der Driver höchstens 4 GB.",
    ],
)
def test_the_local_platform_by_its_usual_words(text):
    assert parts(text) == {"scope": {"platforms": ["local"]}, "bounds": {"spark.driver.memory": {"max": "4g"}}}


@pytest.mark.parametrize(
    "text",
    [
        "Can we please limit queue adhoc? At most 8 GB per executor and driver.",
        "Could someone cap the queue adhoc? 8 GB per executor, same for drivers.",
        "What did we decide about executor and driver memory in queue adhoc? At most 8 GB.",
        "Könnt ihr die Queue adhoc begrenzen? Höchstens 8 GB für Executors und Driver.",
    ],
)
def test_a_question_before_the_answer_names_whom_it_is_for(text):
    assert parts(text) == {"scope": {"queues": ["adhoc"]}, "bounds": BOTH_8}


def test_questions_about_something_else_name_nobody():
    assert parts("Who is on call for team ads today? Executors get at most 8 GB.") == {
        "bounds": {"spark.executor.memory": {"max": "8g"}}
    }


def test_a_value_refused_under_its_name_refuses_no_other():
    text = "Skew joins should never be disabled. That means spark.sql.adaptive.skewJoin.enabled = false is forbidden."
    assert parts(text)["forbids"] == [{"property": "spark.sql.adaptive.skewJoin.enabled", "values": ["false"]}]
