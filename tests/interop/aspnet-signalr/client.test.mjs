// What the first official client does: it negotiates with version 0, so that it knows no connection token.

import assert from "node:assert/strict";
import { test } from "node:test";

import { proxy } from "../javascript/support/proxy.mjs";
import { record } from "../javascript/support/received.mjs";
import { journal, tokenOf, unique } from "../javascript/support/server.mjs";
import { collect, observe } from "../javascript/support/streams.mjs";
import { build, connect } from "./connection.mjs";
import { forEveryVariant } from "./variants.mjs";

const range = (count) => Array.from({ length: count }, (_, i) => i);

const cannotCancel = ({ protocol }) => protocol === "messagepack" && "this client has no such message in MessagePack";
const isLostInPolls = ({ transport }) =>
  transport === "LongPolling" && "this client throws where nobody can catch it, when its last request fails";

forEveryVariant((variant) => {
  test("results, nulls, and text beyond ASCII", async (t) => {
    const connection = await connect(t, variant);
    for (const text of ["", "Grüße", "👩‍🚀 \u0000 \u001e \"\\/<>&\u2028", "x".repeat(20_000), null])
      assert.equal(await connection.invoke("Echo", text), text);
    assert.equal(await connection.invoke("Add", 40, 2), 42);
    assert.equal(await connection.invoke("TransportName"), variant.transport);
  });

  test("errors are told, and the connection goes on", async (t) => {
    const connection = await connect(t, variant);
    await assert.rejects(connection.invoke("ThrowPlain", "secret"), {
      message: "An unexpected error occurred invoking 'ThrowPlain' on the server.",
    });
    await assert.rejects(connection.invoke("ThrowHub", "for you"), /HubException: for you$/);
    await assert.rejects(connection.invoke("NoSuchMethod"), /Method does not exist/);
    assert.equal(await connection.invoke("Echo", "still here"), "still here");
  });

  test("the server's calls arrive in order", async (t) => {
    const connection = await connect(t, variant);
    const messages = record(connection);
    await connection.invoke("SendMany", 200);
    assert.deepEqual(await messages.take(200), range(200).map(String));
  });

  test("calls without an answer", async (t) => {
    const connection = await connect(t, variant);
    const messages = record(connection);
    await connection.send("SendBack", "sent");
    assert.deepEqual(await messages.next(), ["sent"]);
  });

  test("streams from the server", async (t) => {
    const connection = await connect(t, variant);
    assert.deepEqual(await collect(connection.stream("Count", 50)), range(50));
    assert.deepEqual(await collect(connection.stream("Words", ["a", null, ""])), ["a", null, ""]);
    await assert.rejects(collect(connection.stream("ThrowHubMidway", 2, "enough")), /HubException: enough$/);
  });

  test("a stream that the client cancels ends on the server", { skip: cannotCancel(variant) }, async (t) => {
    const connection = await connect(t, variant);
    const cancelled = record(connection, "StreamCancelled");
    const label = unique("label");
    const held = await new Promise((started) => {
      const stream = observe(connection.stream("HoldStream", label), () => started(stream));
    });
    held.cancel();
    assert.deepEqual(await cancelled.next(), [label]);
  });

  test("it leaves when it is asked for an answer, and nobody waits for one", async (t) => {
    const asking = await connect(t, variant);
    const asked = await connect(t, variant);
    record(asked, "Ask");
    const closed = new Promise((resolve) => asked.onclose(resolve));
    const id = await asked.invoke("ConnectionId");
    assert.match(await asking.invoke("AskClientCaught", id, "Can you?"), /^failed: /);
    await closed;
    assert.equal(await asking.invoke("Echo", "still here"), "still here");
  });

  test("a token, for every request of the connection", async (t) => {
    const token = await tokenOf("ann");
    const connection = await connect(t, variant, "/conformance-auth", { accessTokenFactory: () => token });
    assert.equal(await connection.invoke("UserIdentifier"), "ann");
  });

  test("stop ends the connection on both sides", async (t) => {
    const key = unique("journal");
    const connection = await connect(t, variant, `/conformance?journal=${key}`);
    const closed = new Promise((resolve) => connection.onclose(resolve));
    await connection.stop();
    assert.equal(await closed, undefined);
    const [, ended] = await journal(key, 2);
    assert.match(ended, /^disconnected/);
  });

  test("a connection that was cut is told so, and starts again", { skip: isLostInPolls(variant) }, async (t) => {
    const { origin, down, up } = await proxy(t);
    const connection = await connect(t, variant, "/conformance", { origin });
    const closed = new Promise((resolve) => connection.onclose(resolve));
    down();
    assert.ok((await closed) instanceof Error);
    up();
    await connection.start();
    assert.equal(await connection.invoke("Echo", "again"), "again");
  });

  test("a hub that wants version 1 turns it away", async () => {
    const refused = build(variant, "/conformance-minversion").start();
    await assert.rejects(refused, (error) => /client.*version|negotiat/i.test(error.message ?? error));
  });
});
