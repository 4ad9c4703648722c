"""Bodies as JSON that means one thing: no key twice, no NaN, no depth that eats the stack."""

import json
from collections.abc import Callable
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from sparkwright.parsing.json_values import no_number, once


def strict_json(body: bytes) -> Any:
    """The value of a JSON text.

    Raises:
        json.JSONDecodeError: It is none, or one that readers understand differently; the message says which.
    """
    try:
        return _DECODER.decode(body.decode("utf-8"))
    except json.JSONDecodeError:
        raise
    except UnicodeDecodeError as error:
        raise json.JSONDecodeError("expected UTF-8", "", error.start) from error
    except RecursionError as error:
        raise json.JSONDecodeError("expected no thousand brackets within brackets", "", 0) from error
    except ValueError as error:
        raise json.JSONDecodeError(str(error).partition(";")[0], "", 0) from error


def _number(text: str) -> float | int:
    """A number with a point; ``2.0`` is a whole one, as JSON Schema has it."""
    number = float(text)
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


_DECODER = json.JSONDecoder(object_pairs_hook=once, parse_constant=no_number, parse_float=_number)


class StrictRoute(APIRoute):
    """A route that reads its body with :func:`strict_json`."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        """The handler, over a request that reads strictly."""
        handle = super().get_route_handler()

        async def handle_strictly(request: Request) -> Response:
            answer: Response = await handle(_StrictRequest(request.scope, request.receive))
            return answer

        return handle_strictly


class _StrictRequest(Request):
    async def json(self) -> Any:
        return strict_json(await self.body())
