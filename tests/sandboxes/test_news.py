"""Word of commits: who waits is woken once, and no wait is longer than was asked."""

import asyncio

import pytest

from sandbox.sandboxes.news import News


async def waiting(news: News, seconds: float = 60.0) -> asyncio.Task[bool]:
    """Somebody who waits for news."""
    task = asyncio.create_task(news.wait(seconds))
    await asyncio.sleep(0)
    return task


async def test_everyone_that_waits_is_woken() -> None:
    news = News()
    tasks = [await waiting(news) for _ in range(3)]
    news.tell()
    assert await asyncio.gather(*tasks) == [True, True, True]


async def test_who_waits_from_now_on_hears_nothing_of_before() -> None:
    news = News()
    news.tell()
    task = await waiting(news)
    assert not task.done()
    news.tell()
    assert await task


async def test_without_news_the_wait_ends() -> None:
    assert not await News().wait(0.001)


async def test_one_that_gives_up_leaves_the_others_waiting() -> None:
    news = News()
    leaving, staying = await waiting(news), await waiting(news)
    leaving.cancel()
    await asyncio.wait([leaving])
    assert leaving.cancelled()
    news.tell()
    assert await staying


async def test_one_that_is_cancelled_just_when_there_is_news_is_cancelled() -> None:
    news = News()
    task = await waiting(news)
    news.tell()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


async def test_news_that_come_with_the_end_of_the_wait_are_told() -> None:
    news = News()
    task = await waiting(news, 0)  # its end is due when the loop comes round …
    news.tell()  # … and here is the news
    assert await task


async def test_it_is_awaited_while_anybody_listens_also_between_two_waits() -> None:
    news = News()
    assert not news.is_awaited
    with news.listening():
        with news.listening():
            assert news.is_awaited
        assert news.is_awaited
    assert not news.is_awaited
    with pytest.raises(ZeroDivisionError), news.listening():
        raise ZeroDivisionError
    assert not news.is_awaited
