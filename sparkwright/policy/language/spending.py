"""Budgets of what adds up: money, core-hours, memory-hours, for the period that stands nearest."""

import re
from decimal import Decimal
from typing import Final

from sparkwright.policy.language.quantities import Amount
from sparkwright.policy.language.said import Said
from sparkwright.policy.language.vocabulary import says

RUN = re.compile(
    r"\b(?:(?:per|a|each|every|one|single|any|no|pro|je|par|por|cada|chaque) (?:single )?(?:run|job|application|app|anwendung|lauf|execution|ejecucion|trabajo|aplicacion|submission)|jobs?|applications?|apps?|runs?|lauf|laufe|ejecucion|tache|anwendung(?:en)?|trabajos?|aplicacion(?:es)?)\b"
)


_PERIODS: Final = {
    "day": rf"(?:per|a|each|every|any|one|/|pro|am|je|par|por|cada|al|je|chaque)\s?(?:calendar )?(?:day|tag|jour|dia)\b|\bdaily\b|\btaglich\w*|\bquotidien\w*|\bdiari[oa]\w*|\bin 24 hours\b|\b(?:{says('period_day')})\b",
    "week": rf"(?:per|a|each|every|any|one|/|pro|je|par|por|cada|chaque)\s?(?:calendar )?(?:week|woche|semaine|semana)\b|\bweekly\b|\bwochentlich\w*|\bhebdomadaire\w*|\bsemanal\w*|\b(?:{says('period_week')})\b",
    "month": rf"(?:per|a|each|every|any|one|/|pro|je|im|par|por|cada|al|chaque)\s?(?:calendar )?(?:month|monat|mois|mes)\b|\bmonthly\b|\bmonatlich\w*|\bmensuel\w*|\bmensual\w*|\b(?:{says('period_month')})\b",
}


_OTHER_PERIOD = re.compile(
    r"\b(?:per|a|each|every|/) ?(?:year|quarter|hour|minute)\b|\b(?:yearly|annual\w*|hourly|quarterly)\b"
)


CORE_HOURS = re.compile(rf"\b(?:{says('core_hours')})\b")
MEMORY_HOURS = re.compile(rf"\b(?:{says('memory_hours')})\b")


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
