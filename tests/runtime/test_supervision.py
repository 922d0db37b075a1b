"""Tasks run until a stop is asked for, or one of them fails."""

import asyncio

import pytest

from scrobblerd.runtime.supervision import supervise


async def test_a_stop_ends_all_tasks_without_an_error() -> None:
    stop, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        stop.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    await supervise(stop, [work()])
    assert ended.is_set()


async def test_a_task_that_returns_does_not_end_the_others() -> None:
    stop, begun = asyncio.Event(), asyncio.Event()

    async def nothing() -> None:
        pass

    async def work() -> None:
        await asyncio.sleep(0)
        begun.set()
        stop.set()

    await supervise(stop, [nothing(), work()])
    assert begun.is_set()


async def test_a_task_that_fails_ends_the_others_with_its_error() -> None:
    ended = asyncio.Event()

    async def fail() -> None:
        raise ConnectionResetError("the bus has gone")

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    with pytest.raises(ExceptionGroup) as failed:
        await supervise(asyncio.Event(), [work(), fail()])
    assert failed.value.subgroup(ConnectionResetError)
    assert ended.is_set()
