"""Budgets of what adds up: money, core-hours, memory-hours, for the period that stands nearest."""

import re
from decimal import Decimal
from typing import Final

from sparkwright.policy.language.quantities import Amount
from sparkwright.policy.language.said import Said

RUN = re.compile(
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


CORE_HOURS = re.compile(
    rf"\b(?:v?core|v?cpu|kern|coeur|nucleo)s?{_HOURS}|\bcpustunden|\bkernstunden|heures[- ](?:de )?(?:coeur|cpu)s?|horas[- ](?:de )?(?:nucleo|cpu|core)s?|\bcore h\b"
)


MEMORY_HOURS = re.compile(
    rf"\b(?:gi?b|g|gigabytes?|gibibytes?|gigs?|memory|tb|tib)[- ]?(?:of memory )?{_HOURS}|\bgib-?stunden|\bspeicherstunden|memory[- ]hours"
)


def budget_in_money(amount: Amount, said: Said, around: tuple[str, ...]) -> None:
    """A budget in US dollars; another currency is asked about."""
    if amount.currency != "USD":
        said.ask("budgets", f"a budget is in US dollars, got {amount.currency}: how many dollars are meant?")
        return
    budget_over_time("cost_usd", amount.value, said, around)


def budget_over_time(measure: str, value: Decimal, said: Said, around: tuple[str, ...]) -> None:
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
    if RUN.search(around[-1]):
        said.budget(measure, value, "run")
    else:
        said.ask("budgets", "for how long is that: a run, a day, a week or a month?")
