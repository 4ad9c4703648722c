"""What an amount is said of: a property, or a budget."""

import re

from data_contracts.policy_properties import kind_of
from sparkwright.policy.language import lexicon
from sparkwright.policy.language.piece import Piece
from sparkwright.policy.language.quantities import Amount, plain
from sparkwright.policy.language.said import Part, Said
from sparkwright.policy.language.spending import RUN
from sparkwright.policy.language.vocabulary import says, whole

_TOTAL = re.compile(
    r"\b(?:together|jointly|sum of|taken together|in total|total|altogether|overall|combined|aggregate|across (?:all|its|the|their)|all together|in all|insgesamt|zusammen|gesamt\w*|au total|en total|ensemble|sum(?:med)?|whole (?:job|application|run)|at (?:once|any (?:one |given )?(?:time|moment|point)|a time|the same time|one time)|in parallel|in (?:an |the )?(?:entire|whole|complete)|for (?:an|the) (?:entire|whole|complete)|(?:per|a|each|every) (?:entire|whole) (?:run|job)|simultaneous\w*|concurrent\w*|gleichzeitig|simultanement|a la vez)\b"
)


_COST = whole("money_subject")


RUN_OF = re.compile(
    r"\b(?:per|a|each|every|pro|je|par|por|cada) (?:single |entire |whole )?(?:run|job|application|app|lauf|execution|ejecucion|trabajo)\b"
)


def target_of(piece: Piece, amount: Amount, said: Said, sentence: str, direction: str) -> str:
    """The property that an amount is said of, or ``budget:`` and a measure; empty where it was asked back."""
    fitting = [one for one in piece.properties if fits_property(one[2], amount)]
    unit = unit_of(piece, amount)
    if amount.kind == "number" and "gpu" in piece.text and not fitting:
        return "spark.executor.resource.gpu.amount"
    named_before = re.search(rf"\b{lexicon.CORE}\b[^\d]*$", piece.text[: amount.start])
    if amount.kind == "number" and named_before and not unit_is_counted(unit) and not fitting:
        return _cores(piece, sentence, direction)
    counted = _counted_before(piece.text[: amount.start]) if amount.kind == "number" and not fitting else ""
    if counted and not unit_is_counted(unit):
        return _executors(piece, said, sentence, direction)
    if amount.kind == "number" and not unit and not piece.properties and not fitting and said.last:
        if piece.entity in {"driver", "executor"} and re.match(
            r"spark\.(?:driver|executor)\.(?:cores|memory)$", said.last
        ):
            return re.sub(r"driver|executor", piece.entity, said.last)
        if said.last == "budget:executors" and direction in {"min", "over"}:
            return "spark.executor.instances"
        return said.last
    beside = [one for one in fitting if 0 <= one[0] - amount.end <= 4]
    if amount.kind == "number" and beside:
        return _of_dynamic(beside[0][2], sentence, direction)
    costs = _COST.search(piece.text) or (_COST.search(sentence) and not _measured(piece))
    if amount.kind == "number" and costs and not unit_is_counted(unit) and not fitting:
        said.ask("budgets", f"{plain(amount.value)} of which currency? A budget is in US dollars")
        return ""
    if (
        amount.kind == "number"
        and re.match(
            r"\s*(?:max\w*|min\w*|at most|at least|tops)?\s*(?:per|each|je|pro|par|por|cada|an|for each|for every) (?:executor|driver|ejecutor|executeur)",
            piece.text[amount.end :],
        )
        and not fitting
        and not named_before
    ):
        said.ask("bounds", f"{plain(amount.value)} of what: gigabytes, cores?")
        return ""
    if amount.kind == "number":
        ends = [one[2] for one in fitting if re.fullmatch(r"spark\.dynamicAllocation\.\w+Executors", one[2])]
        if ends and unit.startswith("executor"):
            return ends[0]
        if re.fullmatch(r"executors?|executoren|executeurs?|ejecutor(?:es)?|instances?|workers?|containers?", unit):
            return _executors(piece, said, sentence, direction)
        if re.fullmatch(lexicon.CORE, unit):
            return _cores(piece, sentence, direction)
        if re.fullmatch(r"gpus?", unit):
            return "spark.executor.resource.gpu.amount"
        if unit.startswith("partition") and not fitting:
            return "spark.sql.shuffle.partitions"
    if (
        amount.kind == "size"
        and re.search(r"\bsum of\b|\b(?:together|combined|altogether)\b", piece.text)
        and direction in {"max", "under"}
    ):
        return "budget:memory_gib"
    if any(one[2] == "spark.executor.pyspark.memory" for one in fitting):
        return "spark.executor.pyspark.memory"  # `of Python workers, per executor`
    if fitting:
        nearest = min(
            fitting,
            key=lambda one: (
                min(abs(one[0] - amount.end), abs(amount.start - one[1])) + (3 if one[0] > amount.start else 0)
            ),
        )
        return _of_dynamic(nearest[2], sentence, direction)
    if amount.kind == "size":
        return _memory(piece, said, sentence, direction)
    if amount.kind == "time" and re.search(
        r"\bidle\w*|\bunused\b|untatig|leerlauf|inacti[fv]\w*|inactiv[oa]s?", sentence
    ):
        cached = re.search(r"\bcach\w*", sentence)
        return f"spark.dynamicAllocation.{'cachedExecutor' if cached else 'executor'}IdleTimeout"
    if amount.kind == "time":
        said.ask("bounds", "which time is meant: an idle timeout, a network timeout, how long a run may take?")
        return ""
    # `Executors in queue etl may use at most 8`: eight of what?
    if re.search(rf"\b{lexicon.EXECUTOR}\b[^,;:\d]*\b(?:{says('uses')})\b", sentence):
        said.ask("bounds", f"{plain(amount.value)} of what: gigabytes, cores?")
        return ""
    if re.search(
        r"\b(?:number of |count of )?(?:executors?|executoren|executeurs?|ejecutores)(?: count| number|zahl|anzahl| instances)?\b",
        sentence,
    ) and not re.search(lexicon.MEMORY, sentence):
        if re.search(rf"\b{lexicon.CORE}\b", sentence):
            return _cores(piece, sentence, direction)
        return _executors(piece, said, sentence, direction)
    if re.search(rf"\b{lexicon.CORE}\b", sentence):
        return _cores(piece, sentence, direction)
    if re.search(rf"\b{lexicon.MEMORY}\b|overhead", sentence):
        of_run = _TOTAL.search(piece.text) and not re.search(rf"\b{lexicon.EXECUTOR}\b", piece.text)
        said.ask("budgets" if of_run else "bounds", f"expected a unit: {plain(amount.value)} of what?")
        return ""
    said.ask("bounds", f"{plain(amount.value)} of what?")
    return ""


def _counted_before(text: str) -> str:
    """``executors: at most 8``, ``the number of executors may not exceed 8``: what the number behind counts."""
    linked = rf"\W*(?:(?:{says('link')})\b\W*)*$"
    if match := re.search(rf"\b(?:{says('executor_count')})\b(?![^,;]*\b{lexicon.MEMORY}\b)[^,;\d]*$", text):
        return match[0]
    match = re.search(rf"\b{lexicon.EXECUTOR}{linked}", text)
    if match and not re.search(
        rf"\b(?:{says('uses')}|(?:per|each|every|an|pro|je|par|por|cada) {lexicon.EXECUTOR})\b",
        match.string[max(0, match.start() - 8) :],
    ):
        return match[0]
    return ""


def _measured(piece: Piece) -> bool:
    """Whether a part says itself what it measures."""
    return bool(
        piece.properties or re.search(rf"\b(?:{lexicon.EXECUTOR}|{lexicon.CORE}|{lexicon.MEMORY})\b", piece.text)
    )


def unit_of(piece: Piece, amount: Amount) -> str:
    """The word behind an amount that says what is counted."""
    noun = re.match(
        r"(?:\s*(?:or|oder|ou|o)\s*\d+)*\s*(?:of |total |concurrent |simultaneous |parallel |virtual |v|physical |the |static |running |spark |active )*(\w+)",
        piece.text[amount.end :],
    )
    return noun[1] if noun else ""


def unit_is_counted(unit: str) -> bool:
    """Whether the word behind a number says what is counted, and it is no money."""
    return bool(re.fullmatch(rf"(?:executors?|executoren|{lexicon.CORE}|partitions?|gpus?|tasks?|drivers?)", unit))


def fits_property(name: str, amount: Amount) -> bool:
    """Whether a property can have such an amount."""
    kind = kind_of(name).kind
    if name == "spark.dynamicAllocation.enabled":
        return amount.kind == "unbounded" or (amount.kind == "number" and amount.value == int(amount.value))
    return {
        "size": amount.kind in {"size", "number"},
        "count": amount.kind == "unbounded" or (amount.kind == "number" and amount.value == int(amount.value)),
        "factor": amount.kind in {"number", "percent"},
        "time": amount.kind in {"time", "number"},
        "flag": False,
        "text": amount.kind == "number",
    }[kind]


def _of_dynamic(name: str, sentence: str, direction: str) -> str:
    if name != "spark.dynamicAllocation.enabled":
        return name
    if re.search(r"\binitial\w*|\bstart\w* with|\bbegin\w* with", sentence):
        return "spark.dynamicAllocation.initialExecutors"
    return f"spark.dynamicAllocation.{'min' if direction in {'min', 'over'} else 'max'}Executors"


def _executors(piece: Piece, said: Said, sentence: str, direction: str) -> str:
    dynamic = re.search(r"\bdynamic\w*|dynami\w+|auto-?scal\w*|scal(?:e|ing) (?:up|out|down|in)\b", sentence)
    if dynamic and re.search(rf"^[^,;]*\b(?:{says('refused')}|{lexicon.OFF.pattern})\b", sentence[dynamic.start() :]):
        dynamic = None  # without it
    if re.search(r"\binitial(?:ly)?\b", sentence):
        return "spark.dynamicAllocation.initialExecutors"
    if dynamic:
        return _of_dynamic("spark.dynamicAllocation.enabled", sentence, direction)
    per_run = not direction and RUN_OF.search(sentence)
    if (direction in {"max", "under"} or per_run) and not re.search(
        r"\b(?:instances|executor count|static\w*|fixed)\b", sentence
    ):
        return "budget:executors"
    return "spark.executor.instances"


def _cores(piece: Piece, sentence: str, direction: str) -> str:
    if re.search(r"\b(?:per|each|every|je|pro|par|por|cada) tasks?\b", piece.text):
        return "spark.task.cpus"
    if _TOTAL.search(piece.text) and not re.search(r"\b(?:per|each|every|single) executor", piece.text):
        return "budget:cores"
    of_run = (
        direction in {"max", "under"}
        and RUN_OF.search(piece.text)
        and not re.search(rf"\b{lexicon.EXECUTOR}\b", piece.text)
    )
    if of_run:
        return "budget:cores"
    if piece.entity in {"executor", "both"} and not re.search(r"\d+ executors?", piece.text):
        return "spark.executor.cores"
    if piece.entity == "driver":
        return "spark.driver.cores"
    if piece.entity == "task":
        return "spark.task.cpus"
    if direction in {"max", "under"} or (not direction and RUN_OF.search(sentence)):
        return "budget:cores"
    return "spark.executor.cores"


def _memory(piece: Piece, said: Said, sentence: str, direction: str) -> str:
    if _TOTAL.search(piece.text) and not re.search(
        r"\b(?:per|each|every|single|je|pro) (?:executor|driver)", piece.text
    ):
        return "budget:memory_gib"
    if piece.entity == "driver":
        return "spark.driver.memory"
    if piece.entity in {"executor", "both"}:
        if piece.entity == "both":
            end = {"max": "max", "under": "max", "min": "min", "over": "min"}.get(direction)
            for amount in piece.amounts:
                if end and amount.kind == "size":
                    set_bound(said, "spark.driver.memory", end, amount)
        return "spark.executor.memory"
    if direction in {"max", "under"} and RUN.search(sentence):
        return "budget:memory_gib"
    said.ask("bounds", "whose memory is meant: of an executor, of the driver, or of the whole application?")
    return ""


def part_meant(piece: Piece) -> Part | None:
    """The part that something without a number is said of; None where it is of nothing that has numbers."""
    if any(kind_of(name).is_numeric for _, _, name in piece.properties):
        return "bounds"
    if _COST.search(piece.text) or re.search(rf"\b(?:{says('executor_count')})\b", piece.text):
        return "budgets"
    if not re.search(rf"\b(?:{lexicon.CORE}|{lexicon.MEMORY}|{lexicon.EXECUTOR})\b", piece.text):
        return None
    of_run = _TOTAL.search(piece.text) or not re.search(rf"\b(?:{lexicon.EXECUTOR}|{lexicon.DRIVER})\b", piece.text)
    if re.search(rf"\b{lexicon.EXECUTOR}\b", piece.text) and not re.search(
        rf"\b(?:{lexicon.CORE}|{lexicon.MEMORY}|per|each|big|small|size\w*|large)\b", piece.text
    ):
        return "budgets"
    many = re.search(
        rf"\b(?:many|few|number of|viele|wenige|combien|nombre|muchos|pocos)\b[^,;]*\b{lexicon.EXECUTOR}\b", piece.text
    )
    return "budgets" if of_run or many else "bounds"


def set_bound(said: Said, name: str, end: str, amount: Amount) -> None:
    """One end of a bound; a size or a time without its unit is asked about."""
    kind = kind_of(name)
    if kind.kind in {"size", "time"} and amount.kind == "number":
        said.ask("bounds", f"expected a unit: {plain(amount.value)} of what, for {name}?")
        return
    said.bound(name, end, value_of(name, amount))


def value_of(name: str, amount: Amount) -> str:
    """The amount as Spark reads it as a value of the property."""
    return amount.written() if amount.kind != "percent" or kind_of(name).kind != "count" else plain(amount.value)
