"""A benchmark client on httpx; the contract is in Benchmarks/README.md."""

import time

BEGIN = time.perf_counter()

import argparse
import ssl
from typing import AsyncIterator

import httpx

import contract


class HttpxClient:
    def __init__(self, options: argparse.Namespace):
        count = options.concurrency
        self.client = httpx.AsyncClient(
            verify=ssl.create_default_context(cafile=options.ca) if options.ca else True,
            http2=options.http2,
            limits=httpx.Limits(max_connections=count, max_keepalive_connections=count),
            timeout=httpx.Timeout(60),
            trust_env=False,
        )
        self.method = "POST" if options.body else "GET"
        self.url = options.url
        self.arguments = {"headers": options.headers, "content": options.body}

    async def send(self) -> tuple[int, int]:
        response = await self.client.request(self.method, self.url, **self.arguments)
        return response.status_code, len(response.content)

    async def events(self) -> AsyncIterator[str]:
        async with self.client.stream(self.method, self.url, **self.arguments) as response:
            async for event in contract.lines_to_events(response.aiter_lines()):
                yield event

    async def close(self) -> None:
        await self.client.aclose()


async def make(options: argparse.Namespace) -> HttpxClient:
    return HttpxClient(options)


if __name__ == "__main__":
    contract.main(BEGIN, make)
