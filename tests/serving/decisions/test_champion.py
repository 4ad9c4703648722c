import asyncio

from data_contracts.fields.decision import NONE
from serving.decisions.champion import Champion
from serving.messages import LoadReply
from sparkwright.registry.releases import Release
from sparkwright.settings import read_settings


def test_a_registry_that_is_gone_is_noted_and_what_was_served_is_served_on(home):
    where = read_settings(None, home=home.home, tracking_uri=f"sqlite:///{home.home}/no/such/folder/mlflow.db")

    async def load(version: str) -> LoadReply:
        raise AssertionError("there is nothing to load")

    async def look():
        champion = Champion(where, load, load)
        champion.release = release
        assert not champion.looked
        await champion.refresh()
        return champion

    release = Release("7", NONE, NONE, (), "")
    champion = asyncio.run(look())
    assert champion.looked
    assert champion.release == release
    assert "cannot be used" in champion.notes[0]
    assert "no/such/folder" in champion.notes[0]


def test_the_password_of_the_registry_stays_out_of_the_notes(home, monkeypatch):
    where = read_settings(None, home=home.home, tracking_uri="postgresql://mlflow:S3cretPw@127.0.0.1:9/mlflow")

    async def load(version: str) -> LoadReply:
        raise AssertionError("there is nothing to load")

    async def look():
        champion = Champion(where, load, load)

        def fail(name):
            raise OSError(f"no answer from {where.tracking_uri}")

        monkeypatch.setattr(champion, "find", fail)
        await champion.refresh()
        return champion.notes

    [note] = asyncio.run(look())
    assert "127.0.0.1" in note
    assert "S3cretPw" not in note
