"""What a sentence allows and demands: bounds, forbidden and required values, budgets.

A sentence is cut into parts at its commas and conjunctions. Each part has what it speaks of, a direction and a value;
what it leaves out it takes from the part before, and from the one after where that closes the sentence (``4 cores and
16 GB per executor``).
"""

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal

from data_contracts.policy_properties import kind_of, known_names
from sparkwright.policy.language import lexicon
from sparkwright.policy.language.quantities import Amount, amounts, plain

Part = Literal["scope", "bounds", "forbids", "requires", "budgets"]
_EXECUTOR = re.compile(r"\b(?:executors?|executoren|executeurs?|ejecutor(?:es)?|executor's|each|apiece|workers?)\b")
_DRIVER = re.compile(r"\b(?:drivers?|treiber|pilotes?|controlador(?:es)?)\b")
_TASK = re.compile(r"\btasks?\b")
_TOTAL = re.compile(
    r"\b(?:in total|total|altogether|overall|combined|aggregate|across (?:all|its|the|their)|all together|in all|insgesamt|zusammen|gesamt\w*|au total|en total|ensemble|sum(?:med)?|whole (?:job|application|run)|at (?:once|any (?:one )?(?:time|moment))|simultaneous\w*|concurrent\w*|gleichzeitig|simultanement|a la vez)\b"
)
_RUN = re.compile(
    r"\b(?:(?:per|a|each|every|one|single|any|no|pro|je|par|por|cada|chaque) (?:single )?(?:run|job|application|app|anwendung|lauf|execution|ejecucion|trabajo|aplicacion|submission)|jobs?|applications?|apps?|runs?|lauf|laufe|ejecucion|tache|anwendung(?:en)?|trabajos?|aplicacion(?:es)?)\b"
)
_PERIODS: Final = {
    "day": r"(?:per|a|each|every|any|one|/|pro|am|je|par|por|cada|al|je|chaque)\s?(?:calendar )?(?:day|tag|jour|dia)\b|\bdaily\b|\btaglich\w*|\bquotidien\w*|\bdiari[oa]\w*|\bin 24 hours\b",
    "week": r"(?:per|a|each|every|any|one|/|pro|je|par|por|cada|chaque)\s?(?:calendar )?(?:week|woche|semaine|semana)\b|\bweekly\b|\bwochentlich\w*|\bhebdomadaire\w*|\bsemanal\w*",
    "month": r"(?:per|a|each|every|any|one|/|pro|je|im|par|por|cada|al|chaque)\s?(?:calendar )?(?:month|monat|mois|mes)\b|\bmonthly\b|\bmonatlich\w*|\bmensuel\w*|\bmensual\w*",
}
_OTHER_PERIOD = re.compile(
    r"\b(?:per|a|each|every|/) ?(?:year|quarter|hour|minute)\b|\b(?:yearly|annual\w*|hourly|quarterly)\b"
)
_HOURS = r"(?:[- ]?(?:hours?|h|stunden?|hrs?|heures?|horas?)\b)"
_CORE_HOURS = re.compile(
    rf"\b(?:v?core|v?cpu|kern|coeur|nucleo)s?{_HOURS}|\bcpustunden|\bkernstunden|heures[- ](?:de )?(?:coeur|cpu)s?|horas[- ](?:de )?(?:nucleo|cpu|core)s?|\bcore h\b"
)
_MEMORY_HOURS = re.compile(
    rf"\b(?:gi?b|g|gigabytes?|gibibytes?|gigs?|memory|tb|tib)[- ]?(?:of memory )?{_HOURS}|\bgib-?stunden|\bspeicherstunden|memory[- ]hours"
)
_CANONICAL: Final = {name.lower(): name for name in known_names()}
_SPLIT = re.compile(
    r"\s*(?:;|&|&|\.(?=\s|$)|,(?=\s)|\n|\b(?:and|but|while|whereas|(?<!au )plus(?! (?:de|que|d')\b)|as well as|und|aber|sowie|et|mais|ainsi que|y|pero|with|mit|avec|con|also|then)\b)\s*"
)
_ABOUT = re.compile(
    r"\b(?:about|around|roughly|approximately|approx|circa|ca|etwa|ungefahr|environ|unos|unas|aproximadamente|something like|or so)\s*(?:a |an |one )?$"
)
_REFUSED = re.compile(
    r"\b(?:(?:not|n't|never) (?:be )?(?:allowed|permitted|accepted|acceptable|ok|okay)|forbidden|prohibited|disallowed|banned|rejected|refused|denied|unacceptable|verboten|nicht erlaubt|unzulassig|interdit\w*|prohibid\w*)\b"
)
_SEVERAL = re.compile(
    r"\b(?:several|a few|few|some|many|a couple(?: of)?|dozens of|hundreds of|thousands of|a lot of|lots of|a handful of|einige|ein paar|mehrere|quelques|plusieurs|varios|varias|algunos|algunas|unos pocos)\s+(?:\d+ ?|hundred |thousand |dozen )?(?=(?P<unit>executors?|executoren|cores?|cpus?|gb\b|gigs?\b|gigabytes?|mb\b|megabytes?|terabytes?|dollars?|partitions?|minutes?|seconds?|hours?|kerne|executeurs?|ejecutores|nucleos|go\b))"
)
_COST = re.compile(
    r"\b(?:cost\w*|spend\w*|spent|budget\w*|money|expens\w*|kost\w*|ausgeben|ausgaben|cout\w*|depens\w*|coste?\w*|gast\w+|burn)\b"
)
_SPAN = re.compile(
    r"(?<![\w.\-:/])(?:between )?(\d+(?:[.,]\d+)?(?: ?[kmgt]i?b?)?) ?(?:-|–|\bto\b|\bbis\b) ?(?=\d+(?:[.,]\d+)? ?(?:[kmgt]i?b?\b|gig|meg|executors?|cores?|cpus?|kerne|executoren|partitions?|seconds|minutes|percent|%))"
)
_RANGE = re.compile(
    r"\b(?:between|from|zwischen|von|entre|de|desde|in the range(?: of)?|range)\s+(\S+(?: \w+)?)\s+(?:and|to|through|und|bis|et|a|y|hasta)\s+(?=\$?\d)"
)


@dataclass(slots=True)
class Said:
    """What was understood.

    Attributes:
        asks: What has to be asked back: the part, and the question.
        last: What the last amount was said of.
    """

    bounds: dict[str, dict[str, str]] = field(default_factory=dict)
    forbids: list[dict[str, object]] = field(default_factory=list)
    requires: dict[str, str] = field(default_factory=dict)
    budgets: list[dict[str, object]] = field(default_factory=list)
    asks: list[tuple[Part, str]] = field(default_factory=list)
    last: str = ""

    def ask(self, part: Part, question: str) -> None:
        """Ask, once a part."""
        if all(one != part for one, _ in self.asks):
            self.asks.append((part, question))

    def bound(self, name: str, end: str, value: str) -> None:
        """One end of a bound."""
        self.bounds.setdefault(name, {}).setdefault(end, value)

    def forbid(self, name: str, *values: str) -> None:
        """A property, or values of it."""
        for one in self.forbids:
            if one["property"] == name:
                known = one["values"]
                assert isinstance(known, list)
                known += [value for value in values if value not in known]
                return
        self.forbids.append({"property": name, "values": list(values)})

    def budget(self, measure: str, most: Decimal, per: str) -> None:
        """A budget."""
        one = {"measure": measure, "max": float(most), "per": per}
        if one not in self.budgets:
            self.budgets.append(one)


@dataclass(slots=True)
class _Piece:
    text: str
    amounts: list[Amount]
    properties: list[tuple[int, int, str]]
    direction: str = ""
    entity: str = ""


def read_statements(folded: str, said: Said) -> None:
    """Add what a text says, its scope taken out already.

    Args:
        folded: Lower case without accents, numbers in digits.
        said: What was said before; it is added to.
    """
    text = _SPAN.sub(lambda match: f"between {match[1]}..", folded)
    text = _RANGE.sub(lambda match: f"between {match[1]}..", text)
    for sentence in re.split(r"\.(?=\s|$)", text):
        pieces = [_piece(part) for part in _cut(sentence) if part.strip()]
        _inherit(pieces, sentence)
        for piece in pieces:
            _read(piece, said, sentence)


def _cut(sentence: str) -> list[str]:
    """Parts of a sentence; one without a value or a subject of its own stays with the one before."""
    parts: list[str] = []
    for part in _SPLIT.split(sentence):
        if part is None or not part.strip():
            continue
        has_value = bool(amounts(part)) or bool(lexicon.ON.search(part) or lexicon.OFF.search(part))
        has_subject = bool(_properties(part)) or bool(_EXECUTOR.search(part) or _DRIVER.search(part))
        if (parts and not (has_value or (has_subject and _is_whole(parts[-1])))) or (
            parts and not _is_whole(parts[-1])
        ):
            parts[-1] += f" , {part}"
        else:
            parts.append(part)
    return parts


def _is_whole(part: str) -> bool:
    """Whether a part says something by itself."""
    return bool(amounts(part)) or bool(
        _properties(part)
        and (
            lexicon.ON.search(part)
            or lexicon.OFF.search(part)
            or lexicon.FORBID.search(part)
            or lexicon.REQUIRE.search(part)
        )
    )


def _piece(text: str) -> _Piece:
    piece = _Piece(text, amounts(text.replace("..", " .. ")), _properties(text))
    piece.text = text.replace("..", " .. ")
    piece.properties = _properties(piece.text)
    piece.direction = _direction(piece.text)
    piece.entity = _entity(piece.text)
    return piece


def _properties(text: str) -> list[tuple[int, int, str]]:
    """The properties that a text names, with their spans; the longest phrase at a place."""
    found: list[tuple[int, int, str]] = []
    taken = text
    for match in re.finditer(r"(?<![\w.])spark\.[a-z][\w.-]*\w", text):
        found.append((match.start(), match.end(), _CANONICAL.get(match[0], match[0])))
        taken = _blanked(taken, match.start(), match.end())
    for pattern, name in lexicon.PROPERTIES:
        for match in list(re.finditer(rf"(?<![\w.])(?:{pattern.pattern})(?!\w)", taken)):
            found.append((match.start(), match.end(), name))
            taken = _blanked(taken, match.start(), match.end())
    return sorted(found)


def _direction(text: str) -> str:
    if re.search(r"\bbetween\b.*\.\.", text):
        return "range"
    most, least = lexicon.MAX.search(text), lexicon.MIN.search(text)
    negated = lexicon.NEGATED.search(text)
    if (
        least
        and (not most or least.start() <= most.start() or least.end() >= most.end())
        and not _is_inside(least, most)
    ):
        return "min"
    if most and not (lexicon.STRICT_MIN.search(text) and not negated and most[0] in {"limit", "only"}):
        return "max"
    if strict := lexicon.STRICT_MAX.search(text):
        refused = _REFUSED.search(text, strict.end())
        return "min" if refused or (negated and negated.start() < strict.start()) else "under"
    if strict := lexicon.STRICT_MIN.search(text):
        return "max" if negated or _REFUSED.search(text, strict.end()) else "over"
    return ""


def _direction_of(piece: _Piece, amount: Amount) -> str:
    """The direction of one amount of several: by what stands around it, and what is denied before all of them."""
    if len(piece.amounts) < 2:
        return piece.direction
    at = piece.amounts.index(amount)
    start = piece.amounts[at - 1].end if at else 0
    end = piece.amounts[at + 1].start if at + 1 < len(piece.amounts) else len(piece.text)
    behind = re.match(
        r"[^,]*?(?=\b(?:or|and|nor|but|und|oder|et|ou|y|o)\b (?!(?:more|less|fewer|higher|lower|larger|smaller|above|below)\b(?! (?:than|\d)))|,|$)",
        piece.text[amount.end :],
    )
    local = piece.text[start : amount.end] + (behind[0][: end - amount.end] if behind else "")
    denied = at and lexicon.NEGATED.search(piece.text[:start]) and not lexicon.NEGATED.search(local)
    return _direction(f"not {local}" if denied else local) or piece.direction


def _is_inside(one: re.Match[str], other: re.Match[str] | None) -> bool:
    return other is not None and other.start() <= one.start() and one.end() <= other.end() and one[0] != other[0]


def _entity(text: str) -> str:
    executor, driver, task = _EXECUTOR.search(text), _DRIVER.search(text), _TASK.search(text)
    if driver and not executor:
        return "driver"
    if executor and not driver:
        return "executor"
    if executor and driver:
        return (
            "both"
            if re.search(
                r"drivers? (?:and|or|und|/|,|et|y) executors?|executors? (?:and|or|und|/|,|et|y) (?:the )?drivers?",
                text,
            )
            else "executor"
        )
    return "task" if task else ""


def _inherit(pieces: list[_Piece], sentence: str) -> None:
    for at, piece in enumerate(pieces):
        before = pieces[at - 1] if at else None
        if not piece.direction and before is not None and piece.amounts and not piece.properties[:0]:
            piece.direction = before.direction if not lexicon.REQUIRE.search(piece.text) else ""
        if before is not None and not piece.amounts and not piece.properties:
            # `it may not be switched off`
            piece.properties = [(-1, 0, name) for _, _, name in before.properties[-1:]]
        if piece.entity or piece.properties or before is None:
            continue
        # What the part before is about goes on where its values are of the same sort.
        piece.entity = before.entity
        if piece.amounts and before.amounts and piece.amounts[0].kind == before.amounts[0].kind:
            piece.properties = [(-1, 0, name) for _, _, name in before.properties[-1:]]
    for at in range(len(pieces) - 2, -1, -1):
        piece, after = pieces[at], pieces[at + 1]
        if not piece.direction and after.direction and piece.amounts and not lexicon.REQUIRE.search(piece.text):
            piece.direction = after.direction
        closes = re.search(
            r"\b(?:per|each|apiece|for (?:every|each|an|a|one|any)|in an|of an|pro|je|par|por|cada) ?(?:executor|ejecutor|executeur|driver)?\w*",
            after.text,
        )
        if not piece.entity and after.entity and closes and not piece.properties and piece.amounts:
            piece.entity = after.entity


def _read(piece: _Piece, said: Said, sentence: str) -> None:
    if match := _SEVERAL.search(piece.text):
        counted = re.match(r"executor|core|cpu|dollar|kerne|executeur|ejecutor|nucleo", match["unit"])
        is_budget = counted and not (match["unit"].startswith(("core", "cpu", "kern")) and piece.entity == "executor")
        said.ask("budgets" if is_budget else "bounds", f"how many exactly are {match[0].strip()!r} {match['unit']}?")
        piece.amounts = [one for one in piece.amounts if one.end <= match.start() or one.start > match.end() + 4]
        if not piece.amounts:
            return
    if not piece.amounts:
        _read_switches(piece, said, sentence)
        return
    if piece.direction == "range" and len(piece.amounts) >= 2:
        low, high = piece.amounts[0], piece.amounts[1]
        if low.kind == "number" and high.kind in {"size", "time"}:
            # `between 2 and 8 GB`: the unit counts for both.
            unit = high.value / _number_before(piece.text, high)
            low = Amount(high.kind, low.value * unit, low.start, low.end)
        name = _target(piece, high, said, sentence, "range")
        if name:
            _set_bound(said, name, "min", low)
            _set_bound(said, name, "max", high)
        return
    for amount in piece.amounts:
        _read_amount(piece, amount, said, sentence)


def _number_before(text: str, amount: Amount) -> Decimal:
    match = re.match(r"\d+(?:[.,]\d+)?", text[amount.start : amount.end])
    return Decimal(match[0].replace(",", ".")) if match else Decimal(1)


def _read_amount(piece: _Piece, amount: Amount, said: Said, sentence: str) -> None:
    text, direction = piece.text, _direction_of(piece, amount)
    if amount.value < 0 and not any(name.endswith("Threshold") for _, _, name in piece.properties):
        said.ask("bounds", f"expected a value above zero, got {text[amount.start - 1 : amount.end]!r}")
        return
    after = text[amount.end : amount.end + 40]
    if _ABOUT.search(text[: amount.start]) or re.match(r"\s*(?:\w+ )?or so\b|\s*-?ish\b", after):
        said.ask(_part_of(piece, amount, sentence), f"how much exactly is {text[amount.start : amount.end]!r}?")
        return
    if amount.kind == "money":
        _budget_in_money(amount, said, (after, text, sentence))
        return
    window = text[amount.start : amount.end + 30]
    if _CORE_HOURS.search(window) or (amount.kind == "number" and _CORE_HOURS.search(after[:25])):
        _budget_over_time("core_hours", amount.value, said, (after, text, sentence))
        return
    if _MEMORY_HOURS.search(window):
        value = amount.value / 1024**3 if amount.kind == "size" else amount.value
        _budget_over_time("memory_gib_hours", value, said, (after, text, sentence))
        return
    if amount.kind == "number" and not unit_is_counted(_unit(piece, amount)):
        if _CORE_HOURS.search(sentence):
            _budget_over_time("core_hours", amount.value, said, (after, text, sentence))
            return
        if _MEMORY_HOURS.search(sentence):
            _budget_over_time("memory_gib_hours", amount.value, said, (after, text, sentence))
            return
    name = said.last = _target(piece, amount, said, sentence, direction)
    if not name:
        return
    if name.startswith("budget:"):
        value = amount.value / 1024**3 if name == "budget:memory_gib" else amount.value
        if direction in {"under"} and name != "budget:memory_gib":
            value -= 1
        said.budget(name.removeprefix("budget:"), value, "run")
        return
    end = {"max": "max", "under": "max", "min": "min", "over": "min"}.get(direction)
    if end is None:
        if lexicon.FORBID.search(sentence) and not re.search(r"\b(?:must|always|exactly) (?:be|have)\b", text):
            said.forbid(name, _value(name, amount))
        elif lexicon.REQUIRE.search(sentence) or direction == "":
            said.requires.setdefault(name, _value(name, amount))
        return
    count = kind_of(name).kind == "count"
    if count and direction in {"under", "over"}:
        amount = Amount(amount.kind, amount.value + (1 if direction == "over" else -1), amount.start, amount.end)
    _set_bound(said, name, end, amount)


def _set_bound(said: Said, name: str, end: str, amount: Amount) -> None:
    kind = kind_of(name)
    if kind.kind in {"size", "time"} and amount.kind == "number":
        said.ask("bounds", f"expected a unit: {plain(amount.value)} of what, for {name}?")
        return
    said.bound(name, end, _value(name, amount))


def _value(name: str, amount: Amount) -> str:
    return amount.written() if amount.kind != "percent" or kind_of(name).kind != "count" else plain(amount.value)


def _target(piece: _Piece, amount: Amount, said: Said, sentence: str, direction: str) -> str:
    """The property that an amount is said of, or ``budget:`` and a measure; empty where it was asked back."""
    fitting = [one for one in piece.properties if _fits(one[2], amount)]
    unit = _unit(piece, amount)
    if amount.kind == "number" and not unit and not piece.properties and not fitting and said.last:
        if said.last == "budget:executors" and direction in {"min", "over"}:
            return "spark.executor.instances"
        return said.last
    beside = [one for one in fitting if 0 <= one[0] - amount.end <= 4]
    if amount.kind == "number" and beside:
        return _of_dynamic(beside[0][2], sentence, direction)
    if amount.kind == "number" and _COST.search(sentence) and not unit_is_counted(unit):
        said.ask("budgets", f"{plain(amount.value)} of which currency? A budget is in US dollars")
        return ""
    if amount.kind == "number":
        if re.fullmatch(r"executors?|executoren|executeurs?|ejecutor(?:es)?|instances?|workers?|containers?", unit):
            return _executors(piece, said, sentence, direction)
        if re.fullmatch(lexicon._CORE, unit):
            return _cores(piece, sentence, direction)
        if re.fullmatch(r"gpus?", unit):
            return "spark.executor.resource.gpu.amount"
        if unit.startswith("partition") and not fitting:
            return "spark.sql.shuffle.partitions"
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
    if re.search(
        r"\b(?:executors?|executoren) (?:may |can |must |should |shall |will |durfen )?(?:not |never )?(?:use|have|get|take|request|consume|need|grow|exceed)\b",
        sentence,
    ):
        said.ask("bounds", f"{plain(amount.value)} of what: gigabytes, cores?")
        return ""
    if re.search(
        r"\b(?:number of |count of )?(?:executors?|executoren|executeurs?|ejecutores)(?: count| number|zahl|anzahl| instances)?\b",
        sentence,
    ) and not re.search(lexicon._MEM, sentence):
        if re.search(rf"\b{lexicon._CORE}\b", sentence):
            return _cores(piece, sentence, direction)
        return _executors(piece, said, sentence, direction)
    if re.search(rf"\b{lexicon._CORE}\b", sentence):
        return _cores(piece, sentence, direction)
    if re.search(rf"\b{lexicon._MEM}\b|overhead", sentence):
        said.ask("bounds", f"expected a unit: {plain(amount.value)} of what?")
        return ""
    said.ask("bounds", f"{plain(amount.value)} of what?")
    return ""


def _unit(piece: _Piece, amount: Amount) -> str:
    """The word behind an amount that says what is counted."""
    noun = re.match(
        r"\s*(?:of |total |concurrent |simultaneous |parallel |virtual |v|physical |the |static |running |spark |active )*(\w+)",
        piece.text[amount.end :],
    )
    return noun[1] if noun else ""


def _part_of(piece: _Piece, amount: Amount, sentence: str) -> Part:
    """Whether an amount is of a bound or of a budget."""
    guessed = Said()
    name = _target(piece, amount, guessed, sentence, piece.direction or "max")
    return "budgets" if amount.kind == "money" or name.startswith("budget:") else "bounds"


def unit_is_counted(unit: str) -> bool:
    """Whether the word behind a number says what is counted, and it is no money."""
    return bool(re.fullmatch(rf"(?:executors?|executoren|{lexicon._CORE}|partitions?|gpus?|tasks?|drivers?)", unit))


def _fits(name: str, amount: Amount) -> bool:
    kind = kind_of(name).kind
    if name == "spark.dynamicAllocation.enabled":
        return amount.kind in {"number", "unbounded"}
    return {
        "size": amount.kind in {"size", "number"},
        "count": amount.kind in {"number", "unbounded"},
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


def _executors(piece: _Piece, said: Said, sentence: str, direction: str) -> str:
    dynamic = re.search(r"\bdynamic\w*|dynami\w+|auto-?scal\w*|scal(?:e|ing) (?:up|out|down|in)\b", sentence)
    if re.search(r"\binitial(?:ly)?\b", sentence):
        return "spark.dynamicAllocation.initialExecutors"
    if re.search(r"\b(?:max(?:imum)?|min(?:imum)?)[ -]?executors\b", sentence) or dynamic:
        return _of_dynamic("spark.dynamicAllocation.enabled", sentence, direction)
    if direction in {"max", "under"} and not re.search(
        r"\b(?:instances|executor count|number of executors|static\w*|fixed)\b", sentence
    ):
        return "budget:executors"
    return "spark.executor.instances"


def _cores(piece: _Piece, sentence: str, direction: str) -> str:
    if re.search(r"\b(?:per|each|every|je|pro|par|por|cada) tasks?\b", piece.text):
        return "spark.task.cpus"
    if _TOTAL.search(piece.text) and not re.search(r"\b(?:per|each|every|single) executor", piece.text):
        return "budget:cores"
    if piece.entity in {"executor", "both"} and not re.search(r"\d+ executors?", piece.text):
        return "spark.executor.cores"
    if piece.entity == "driver":
        return "spark.driver.cores"
    if piece.entity == "task":
        return "spark.task.cpus"
    return "budget:cores" if direction in {"max", "under"} else "spark.executor.cores"


def _memory(piece: _Piece, said: Said, sentence: str, direction: str) -> str:
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
                    _set_bound(said, "spark.driver.memory", end, amount)
        return "spark.executor.memory"
    if direction in {"max", "under"} and _RUN.search(sentence):
        return "budget:memory_gib"
    said.ask("bounds", "whose memory is meant: of an executor, of the driver, or of the whole application?")
    return ""


def _budget_in_money(amount: Amount, said: Said, around: tuple[str, ...]) -> None:
    if amount.currency != "USD":
        said.ask("budgets", f"a budget is in US dollars, got {amount.currency}: how many dollars are meant?")
        return
    _budget_over_time("cost_usd", amount.value, said, around)


def _budget_over_time(measure: str, value: Decimal, said: Said, around: tuple[str, ...]) -> None:
    """A budget of what adds up, for the period that stands nearest: behind the amount, in its part, in its sentence."""
    for text in around:
        places = {
            period: match.start()
            for period, pattern in _PERIODS.items()
            if (match := re.search(rf"(?:^|(?<=[\s/])|\b)(?:{pattern})", text))
        }
        if places:
            said.budget(measure, value, min(places, key=lambda period: places[period]))
            return
        if match := _OTHER_PERIOD.search(text):
            said.ask("budgets", f"a budget is for a run, a day, a week or a month, got {match[0]!r}: which is meant?")
            return
        if re.search(
            r"(?:^|\b)(?:per|a|each|every|single|je|pro|par|por|cada|chaque) (?:single )?(?:run|job|application|app|lauf|execution|trabajo)\b",
            text,
        ):
            said.budget(measure, value, "run")
            return
    if _RUN.search(around[-1]):
        said.budget(measure, value, "run")
    else:
        said.ask("budgets", "for how long is that: a run, a day, a week or a month?")


def _read_switches(piece: _Piece, said: Said, sentence: str) -> None:
    """What is said without a number: switches, words, properties that may not be set."""
    from sparkwright.policy.language.switches import read_switch

    for at, (_, end, name) in enumerate(piece.properties):
        following = piece.properties[at + 1][0] if at + 1 < len(piece.properties) else len(piece.text)
        read_switch(name, piece.text, piece.text[end:following], said)


def _blanked(text: str, start: int, end: int) -> str:
    return f"{text[:start]}{' ' * (end - start)}{text[end:]}"
