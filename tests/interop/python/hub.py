"""A connection of pysignalr with calls that can be awaited."""

import asyncio
from contextlib import asynccontextmanager
from os import environ

from pysignalr.client import SignalRClient
from pysignalr.protocol.json import JSONProtocol
from pysignalr.protocol.messagepack import MessagepackProtocol

HUB_URL = environ["HUB_URL"].rstrip("/")
PROTOCOLS = {"json": JSONProtocol, "messagepack": MessagepackProtocol}
PATIENCE = 20  # seconds; what takes longer hangs


class InvocationFailed(Exception):
    """The server answered a call with an error."""


class Hub:
    def __init__(self, client):
        self.client = client

    async def invoke(self, method, *arguments):
        """The result of a method."""
        completed = asyncio.Queue()
        await self.client.send(method, list(arguments), completed.put)
        completion = await asyncio.wait_for(completed.get(), PATIENCE)
        if completion.error:
            raise InvocationFailed(completion.error)
        return completion.result

    async def stream(self, method, *arguments):
        """All items of a stream."""
        items = []
        completed = asyncio.Queue()

        async def on_next(item):
            items.append(item)

        await self.client.stream(method, list(arguments), on_next, completed.put, completed.put)
        completion = await asyncio.wait_for(completed.get(), PATIENCE)
        if completion.error:
            raise InvocationFailed(completion.error)
        return items

    def record(self, method="Message"):
        """A queue of the arguments with which the server calls `method`."""
        calls = asyncio.Queue()
        self.client.on(method, calls.put)
        return calls


async def next_of(calls):
    return await asyncio.wait_for(calls.get(), PATIENCE)


@asynccontextmanager
async def connected(protocol, path="/conformance"):
    client = SignalRClient(HUB_URL + path, protocol=PROTOCOLS[protocol](), retry_count=1)
    opened = asyncio.Event()

    async def on_open():
        opened.set()

    async def on_error(completion):
        """Failures of calls are raised where the call is awaited."""

    client.on_open(on_open)
    client.on_error(on_error)
    running = asyncio.create_task(client.run())
    waiting = asyncio.create_task(opened.wait())
    try:
        await asyncio.wait([running, waiting], timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
        assert opened.is_set(), "the connection did not open"
        yield Hub(client)
    finally:
        waiting.cancel()
        running.cancel()
        await asyncio.gather(running, waiting, return_exceptions=True)
