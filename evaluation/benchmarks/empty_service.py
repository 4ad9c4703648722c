"""What a recommendation is held against: the same platform around an endpoint that does nothing."""

import bentoml
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
