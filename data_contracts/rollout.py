"""Who gets advice, and from which release: the schema of ``<home>/rollout.yaml``.

Without the file everybody gets advice, from the champion. Names are exact, or use ``*`` for any sequence of characters.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

CHALLENGER: Literal["challenger"] = "challenger"

Pattern = Annotated[
    str, Field(min_length=1, max_length=256, description="Exact, or with `*` for any sequence of characters.")
]


def _as_text(value: object) -> object:
    """Accept a version as YAML has it, where ``7`` is a number."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


_VERSION = r"[1-9][0-9]{0,8}"
Version = Annotated[
    str, BeforeValidator(_as_text), Field(pattern=f"^{_VERSION}$", description="Number of a release in the registry.")
]
ReleaseName = Annotated[
    str,
    BeforeValidator(_as_text),
    Field(pattern=f"^({CHALLENGER}|{_VERSION})$", description="`challenger`, or the number of a release."),
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Members(_Part):
    """Workloads by id, by the queue they are submitted to, or by the team of the API key: any match is enough."""

    workloads: list[Pattern] = []
    queues: list[Pattern] = []
    teams: list[Pattern] = []


class Canary(_Part):
    """A share of the workloads, chosen by a hash of their ids, that another release answers: none switches sides."""

    share: Annotated[float, Field(gt=0, le=1, description="Share of the workloads; 0.05 is one in twenty.")]
    release: ReleaseName = CHALLENGER
    seed: Annotated[str, Field(max_length=64, description="A different seed chooses different workloads.")] = ""


class RolloutFile(_Part):
    """An owner's settings for the advice of an installation."""

    version: Annotated[int, Field(ge=1, le=1)]
    opt_in: Annotated[
        Members | None,
        Field(description="Who gets advice; the others keep their own settings. Left out: everybody; `{}`: nobody."),
    ] = None
    opt_out: Annotated[Members, Field(description="Who gets none, even if named by `opt_in`.")] = Members()
    pin: Annotated[Version | None, Field(description="The release to serve, wherever `champion` points.")] = None
    canary: Canary | None = None
    shadow: Annotated[
        ReleaseName | None, Field(description="A release that is also asked but whose answers are only logged.")
    ] = None

    @model_validator(mode="before")
    @classmethod
    def _says_whom(cls, values: Any) -> Any:
        # An owner who comments out the last name of a list means nobody, not everybody.
        if isinstance(values, dict) and "opt_in" in values and values["opt_in"] is None:
            raise ValueError(
                "opt_in: expected workloads, queues or teams, got nothing: write `{}` for nobody, or leave opt_in out "
                "for everybody"
            )
        return values


class _Shown(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OptedIn(_Shown):
    """How many names and patterns are in a list of the owner's file."""

    workloads: Annotated[int, Field(ge=0)] = 0
    queues: Annotated[int, Field(ge=0)] = 0
    teams: Annotated[int, Field(ge=0)] = 0


class RolloutStatus(_Shown):
    """How the owner's ``rollout.yaml`` affects this service."""

    advice_for: Annotated[
        Literal["everybody", "opted_in", "nobody"],
        Field(description="`opted_in`: those named in the file; the others keep their own settings (report-only)."),
    ] = "everybody"
    opted_in: OptedIn = OptedIn()
    opted_out: OptedIn = OptedIn()
    pinned_release_version: Annotated[
        str | None, Field(description="Served in place of the champion; missing if none is pinned.")
    ] = None
    canary_release_version: Annotated[
        str | None, Field(description="Answers `canary_share`; missing if none does, `notes` say why.")
    ] = None
    canary_share: Annotated[float, Field(ge=0, le=1, description="Share of the workloads, as in the file.")] = 0.0
    shadow_release_version: Annotated[
        str | None, Field(description="Also asked but only logged; missing if none is, `notes` say why.")
    ] = None
    shadow_answers: Annotated[
        dict[str, int],
        Field(
            description="Requests to it since the service started: `answered`, `failed`, and `dropped` because real "
            "answers left no time."
        ),
    ] = {}
