"""What a recommendation is held against: the same platform around an endpoint that does nothing."""

import argparse
import socket

import bentoml
import uvicorn
from fastapi import FastAPI

app = FastAPI(title="Empty", docs_url=None, redoc_url=None)


@app.post("/v1/recommend")
async def nothing() -> dict[str, str]:
    """Nothing."""
    return {}


@bentoml.service(traffic={"timeout": 120}, logging={"access": {"enabled": False}}, metrics={"enabled": False})
@bentoml.asgi_app(app, path="/")
class Empty:
    """The endpoint behind BentoML, with the options of the real service."""


def main() -> None:
    """Serve it on bare uvicorn and an inherited listener, which uvicorn's own ``--fd`` takes for a Unix socket."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--fd", type=int, required=True, help="descriptor of the listener")
    listener = socket.socket(fileno=parser.parse_args().fd)
    uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run(sockets=[listener])


if __name__ == "__main__":
    main()
