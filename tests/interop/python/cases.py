"""What pysignalr does against the conformance hub. Every function is one case and runs with each protocol."""

from hub import InvocationFailed, connected, next_of


async def echo(protocol):
    async with connected(protocol) as hub:
        for text in ["hello", "", "Grüße, 你好 👩‍🚀", None]:
            assert await hub.invoke("Echo", text) == text
        assert await hub.invoke("Add", 40, 2) == 42


async def server_calls_client(protocol):
    async with connected(protocol) as hub:
        messages = hub.record()
        await hub.invoke("SendMany", 20)
        assert [await next_of(messages) for _ in range(20)] == [[str(i)] for i in range(20)]


async def call_without_answer(protocol):
    async with connected(protocol) as hub:
        messages = hub.record()
        await hub.client.send("SendBack", ["sent"])
        assert await next_of(messages) == ["sent"]


async def errors(protocol):
    expected = {
        ("ThrowPlain", "secret"): "An unexpected error occurred invoking 'ThrowPlain' on the server.",
        ("ThrowHub", "for you"): "An unexpected error occurred invoking 'ThrowHub' on the server. HubException: for you",
        ("Add", 1): "Failed to invoke 'Add' due to an error on the server.",
        ("Nothing",): "Failed to invoke 'Nothing' due to an error on the server. HubException: Method does not exist.",
    }
    async with connected(protocol) as hub:
        for call, text in expected.items():
            try:
                await hub.invoke(*call)
            except InvocationFailed as failure:
                assert str(failure) == text, failure
            else:
                raise AssertionError(f"{call[0]} did not fail")
        assert await hub.invoke("Echo", "still here") == "still here"


async def stream(protocol):
    async with connected(protocol) as hub:
        assert await hub.stream("Count", 25) == list(range(25))
        assert await hub.stream("Count", 0) == []


async def stream_that_fails(protocol):
    async with connected(protocol) as hub:
        try:
            await hub.stream("ThrowHubMidway", 2, "enough")
        except InvocationFailed as failure:
            assert str(failure) == "An error occurred on the server while streaming results. HubException: enough"
        else:
            raise AssertionError("the stream did not fail")


async def client_result(protocol):
    async with connected(protocol) as hub:

        async def answer(arguments):
            return f"{arguments[0]} Yes."

        hub.client.on("Ask", answer)
        assert await hub.invoke("AskCaller", "Ready?") == "Ready? Yes."


CASES = [echo, server_calls_client, call_without_answer, errors, stream, stream_that_fails, client_result]
