"""A benchmark client on aiohttp; the contract is in Benchmarks/README.md."""

import time

BEGIN = time.perf_counter()

import argparse
import ssl
from typing import AsyncIterator

import aiohttp

import contract


class AiohttpClient:
    def __init__(self, options: argparse.Namespace):
        context = ssl.create_default_context(cafile=options.ca) if options.ca else True
        connector = aiohttp.TCPConnector(limit=options.concurrency, ssl=context)
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=60)
        self.session = aiohttp.ClientSession(connector=connector, timeout=timeout)
        self.url = options.url
        self.method = "POST" if options.body else "GET"
        self.arguments = {"headers": options.headers, "data": options.body}

    async def send(self) -> tuple[int, int]:
        async with self.session.request(self.method, self.url, **self.arguments) as response:
            return response.status, len(await response.read())

    async def events(self) -> AsyncIterator[str]:
        async with self.session.request(self.method, self.url, **self.arguments) as response:
            async for event in contract.lines_to_events(self._lines(response)):
                yield event

    @staticmethod
    async def _lines(response: aiohttp.ClientResponse) -> AsyncIterator[str]:
        async for line in response.content:
            yield line.decode()

    async def close(self) -> None:
        await self.session.close()


async def make(options: argparse.Namespace) -> AiohttpClient:
    # aiohttp speaks HTTP/1.1 only.
    if options.http2:
        contract.unsupported()
    return AiohttpClient(options)


if __name__ == "__main__":
    contract.main(BEGIN, make)
