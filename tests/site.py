"""Every page of the built site in a real browser, several tabs at a time: what it said, and what it asked of others."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

from playwright.async_api import Page, async_playwright

from tests.conftest import SWITCHES

TABS = 4


def visited(pages: list[Path], look: Callable[[Page], Awaitable[str]] | None = None) -> dict[str, list[str]]:
    """Page -> its faults: messages on the console, errors, requests for what is no file of this machine.

    `look`: what else may be wrong with an open page, in words; nothing if it is empty.
    """
    return asyncio.run(_visited(pages, look))


async def _visited(pages: list[Path], look: Callable[[Page], Awaitable[str]] | None) -> dict[str, list[str]]:
    waiting = list(reversed(pages))
    found: dict[str, list[str]] = {}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=SWITCHES)

        async def tab() -> None:
            page = await browser.new_page(viewport={"width": 1280, "height": 900})
            said: list[str] = []
            page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
            page.on("pageerror", lambda error: said.append(str(error)))
            page.on(
                "request",
                lambda one: one.url.startswith(("file:", "data:", "blob:")) or said.append(f"asked for {one.url}"),
            )
            while waiting:
                path = waiting.pop()
                said.clear()
                await page.goto(path.as_uri())
                if look is not None and (fault := await look(page)):
                    said.append(fault)
                if said:
                    found[path.name] = list(said)

        await asyncio.gather(*(tab() for _ in range(TABS)))
        await browser.close()
    return found
