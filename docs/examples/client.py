"""Ask Sparkwright before a night of jobs is submitted, and tell it afterwards how they went.

Run it with ``SPARKWRIGHT_SERVICE_URL`` and, where the service wants a key, ``SPARKWRIGHT_API_KEY_FILE`` set. Only the
last part, the asynchronous one, needs more than the standard library.
"""

import asyncio

from sparkwright.client import AsyncClient, Client
from sparkwright.errors import ProblemError, ServiceError

NIGHT = "2026-11-29"


def submit(name: str, properties: dict[str, str]) -> int:
    """The exit code of an application; here nothing is run."""
    print(f"spark-submit {' '.join(f'--conf {key}={value}' for key, value in sorted(properties.items()))} {name}.py")
    return 0


def one_job(client: Client) -> None:
    """A launch with an id gets the same decision however often it asks, so the client may repeat it."""
    own = {"spark.executor.memory": "8g", "spark.executor.cores": "4"}
    decision_id, advised = "", {}
    try:
        advice = client.recommend(app_name="orders", queue="etl", properties=own, launch_id=f"orders-{NIGHT}")
        decision_id, advised = advice["decision_id"], advice["allocation"]
    except ServiceError as error:
        print(f"submitted as written: {error}")  # no advice never keeps a job from running
    exit_code = submit("orders", own | advised | {"spark.sparkwright.decisionId": decision_id})
    if decision_id:
        client.feedback(decision_id=decision_id, exit_code=exit_code)


def a_night(client: Client) -> None:
    """Many launches at once; each is answered on its own."""
    names = ["orders", "customers", ""]
    found = client.recommend_many([{"app_name": name, "launch_id": f"{name}-{NIGHT}-b"} for name in names])
    for name, one in zip(names, found, strict=True):
        if isinstance(one, ProblemError):
            print(f"{name!r}: {one.status}: {'; '.join(f'{fault.pointer}: {fault.detail}' for fault in one.faults)}")
        else:
            print(f"{name!r}: {one['answered_by']}, {len(one['allocation'])} properties")


async def what_is_there() -> None:
    """The same calls, awaited."""
    async with AsyncClient() as client:
        status, workloads = await asyncio.gather(client.status(), client.workloads(limit=3))
    print(f"release {status['release_version']}, {workloads['total_count']} workloads")


if __name__ == "__main__":
    one_job(Client())
    a_night(Client())
    asyncio.run(what_is_there())
