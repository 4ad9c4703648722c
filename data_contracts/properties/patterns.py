"""Regular expressions for the value of each type, read alike by Python, JSON Schema and RE2.

Standard library only. One pattern serves both uses, so a request is refused exactly as the OpenAPI document says. The
patterns also bound the numbers: counts fit Java's ``int`` and sizes stay below 2**60 bytes, far below Java's ``long``,
so that nothing downstream overflows.
"""

from typing import Final

_BLANKS: Final = r"[ \t\n\r\f\v]{0,8}"
_ZEROS: Final = "0{0,20}"
# Maximum number of digits that keeps a size below 2**60 bytes, by unit.
_DIGITS: Final = {"b": 18, "k": 15, "kb": 15, "m": 12, "mb": 12, "g": 9, "gb": 9, "t": 6, "tb": 6, "p": 3, "pb": 3}
# 1 to 2147483647, java.lang.Integer.MAX_VALUE.
_COUNT: Final = (
    r"(?:[1-9][0-9]{0,8}|1[0-9]{9}|20[0-9]{8}|21[0-3][0-9]{7}|214[0-6][0-9]{6}|2147[0-3][0-9]{5}|21474[0-7][0-9]{4}"
    r"|214748[0-2][0-9]{3}|2147483[0-5][0-9]{2}|21474836[0-3][0-9]|214748364[0-7])"
)
_TIME_UNITS: Final = ("us", "ms", "s", "m", "min", "h", "d")


def _any_case(word: str) -> str:
    """Return a pattern for a word in any case: JSON Schema has no flag for that."""
    return "".join(f"[{letter}{letter.upper()}]" for letter in word)


def _size(default_unit: str, *, above_zero: bool) -> str:
    first = "[1-9]" if above_zero else ""
    maximum = {unit: digits - above_zero for unit, digits in _DIGITS.items()}
    minimum = 0 if above_zero else 1
    bare = f"{first}[0-9]{{{minimum},{maximum[default_unit]}}}"
    units = "|".join(
        f"{first}[0-9]{{{minimum},{digits}}}{_BLANKS}{_any_case(unit)}" for unit, digits in maximum.items()
    )
    return f"{_ZEROS}(?:{bare}|{units})"


def pattern_of(value_type: str, default_unit: str) -> str:
    """Return the anchored pattern of a value type of :mod:`data_contracts.properties.spark`."""
    inner = {
        "memory": _size(default_unit, above_zero=True),
        "size": _size(default_unit, above_zero=False),
        "count": f"{_ZEROS}{_COUNT}",
        "count_or_zero": f"{_ZEROS}(?:0|{_COUNT})",
        "count_or_infinity": f"(?:infinity|{_ZEROS}(?:0|{_COUNT}))",
        # Above 0 and below 100.
        "factor": f"{_ZEROS}(?:[1-9][0-9]?(?:[.][0-9]{{0,20}})?|[.]0{{0,20}}[1-9][0-9]{{0,20}})",
        "flag": f"(?:{_any_case('true')}|{_any_case('false')})",
        "time": rf"[0-9]{{1,18}}{_BLANKS}(?:{'|'.join(map(_any_case, _TIME_UNITS))})?",
    }[value_type]
    return f"^{_BLANKS}{inner}{_BLANKS}$"
