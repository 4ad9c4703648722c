"""Every error as a problem of RFC 9457; what was sent is never sent back."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from data_contracts.api.problem import MEDIA_TYPE, FieldFault, Problem

_MAX_DETAIL, _MAX_POINTER, _MAX_FAULTS = 600, 200, 20
_TITLES = {one.value: one.phrase for one in HTTPStatus}
_WRONG = "expected a request as the contract says, see /openapi.json"


def problem_of(status: int, detail: str, errors: Sequence[FieldFault] = ()) -> Problem:
    """A problem of a bounded length whatever the detail is."""
    title = _TITLES.get(status, "Error")
    return Problem(title=title, status=status, detail=detail[:_MAX_DETAIL], errors=list(errors))


def problem_body(status: int, detail: str, errors: Sequence[FieldFault] = ()) -> bytes:
    """The JSON of :func:`problem_of`."""
    return problem_of(status, detail, errors).model_dump_json().encode()


def problem(
    status: int, detail: str, errors: Sequence[FieldFault] = (), headers: Mapping[str, str] | None = None
) -> Response:
    """The answer that says why there is none."""
    return Response(problem_body(status, detail, errors), status, headers, media_type=MEDIA_TYPE)


def answer_with_problems(app: FastAPI) -> None:
    """Turn the errors of an application into problems, in its answers and in its OpenAPI document."""
    app.add_exception_handler(RequestValidationError, _refused)
    app.add_exception_handler(HTTPException, _failed)
    derive = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            derive()
            _declare(app.openapi_schema or {})
        return app.openapi_schema or {}

    app.openapi = openapi  # type: ignore[method-assign]


def responses(**texts: str) -> dict[int | str, dict[str, Any]]:
    """What FastAPI's ``responses`` of a route says of its errors, as ``s404="no such decision"``."""
    return {int(name.removeprefix("s")): {"model": Problem, "description": text} for name, text in texts.items()}


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    wrong = broken_contract(error.errors())
    return problem(wrong.status, wrong.detail, wrong.errors)


def broken_contract(found: Sequence[Mapping[str, Any]], place: Sequence[object] = ()) -> Problem:
    """The problem of a request that breaks its contract.

    Args:
        found: Its faults as pydantic tells them.
        place: Where in the request the part lies that pydantic was shown; empty: it says so itself.
    """
    faults = [
        FieldFault(pointer=_pointer([*place, *one["loc"]]), detail=_said(one)[:_MAX_DETAIL])
        for one in found[:_MAX_FAULTS]
    ]
    more = f"; {len(found) - _MAX_FAULTS} more faults" if len(found) > _MAX_FAULTS else ""
    told = "; ".join(f"{fault.pointer.removeprefix('#/')}: {fault.detail}" for fault in faults[:3])
    return problem_of(422, f"{_WRONG}: {told}{more}", faults)


async def _failed(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(sorted(_allowed(request)))
    return problem(error.status_code, str(error.detail), headers=headers)


def _allowed(request: Request) -> set[str]:
    """The methods of a path: Starlette names those of the first route, though each method has one of its own."""
    there = [one for one in request.app.routes if one.matches(request.scope)[0] is not Match.NONE]
    return {method for one in there for method in getattr(one, "methods", None) or ()}


def _said(fault: Mapping[str, Any]) -> str:
    """What is wrong; pydantic's own messages name limits and kinds, those of our checks at most 40 characters."""
    if fault["type"] == "json_invalid":
        return str(fault.get("ctx", {}).get("error", fault["msg"]))
    return str(fault["msg"]).removeprefix("Value error, ")


def _pointer(place: Sequence[object]) -> str:
    """Where it is wrong, as a JSON pointer; the position in a text that is no JSON is the whole body."""
    steps = [str(step) for step in place[1:]] if place[1:] and not isinstance(place[1], int) else []
    escaped = [step.encode("utf-8", "replace").decode().replace("~", "~0").replace("/", "~1") for step in steps]
    return ("#" + "".join(f"/{step}" for step in escaped))[:_MAX_POINTER]


def _declare(document: dict[str, Any]) -> None:
    """Give error answers the media type they have, and say how a key is shown."""
    for operations in document.get("paths", {}).values():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                if not status.startswith("2") and "application/json" in answer.get("content", {}):
                    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
                    answer["content"] = {MEDIA_TYPE: schema}
            # A key, or none where none is needed: on loopback, unless the owner says otherwise.
            operation["security"] = [{"key": []}, {}]
    components = document.setdefault("components", {})
    components["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "An API key: `sparkwright keys create`."}
    }
    schemas = components.get("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)


def fault_text(body: bytes) -> str:
    """What an error of BentoML or Starlette says, which is text or JSON, for the detail of a problem."""
    text = body[:_MAX_DETAIL].decode("utf-8", "replace").strip()
    try:
        said = json.loads(text)
    except ValueError:
        return text
    found = said.get("detail") or said.get("error") if isinstance(said, dict) else None
    return str(found or text)
