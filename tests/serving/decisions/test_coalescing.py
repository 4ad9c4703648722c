import asyncio

import pytest

from serving.decisions.coalescing import Coalescer


def test_questions_that_come_while_a_call_is_on_its_way_go_together_and_each_gets_its_own_answer():
    calls = []

    async def call(questions):
        calls.append(list(questions))
        await asyncio.sleep(0.01)
        return [ValueError("bad") if one == 3 else 10 * one for one in questions]

    async def ask_all():
        coalescer = Coalescer(call, 4)
        return await asyncio.gather(*map(coalescer.ask, range(6)), return_exceptions=True)

    answers = asyncio.run(ask_all())
    assert answers[:3] + answers[4:] == [0, 10, 20, 40, 50]
    assert isinstance(answers[3], ValueError)
    assert [one for call in calls for one in call] == list(range(6))
    assert max(map(len, calls)) == 4


def test_an_error_of_a_call_is_raised_for_its_questions_and_the_next_call_goes_on():
    async def call(questions):
        if 0 in questions:
            raise OSError("gone")
        return questions

    async def ask():
        coalescer = Coalescer(call, 1)
        with pytest.raises(OSError, match="gone"):
            await coalescer.ask(0)
        return await coalescer.ask(1)

    assert asyncio.run(ask()) == 1


def test_whoever_has_gone_is_not_asked_for():
    asked = []

    async def call(questions):
        asked.extend(questions)
        await asyncio.sleep(0.01)
        return questions

    async def ask():
        coalescer = Coalescer(call, 1)
        first, gone, last = (asyncio.create_task(coalescer.ask(one)) for one in "abc")
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.gather(first, last)

    asyncio.run(ask())
    assert asked == ["a", "c"]
