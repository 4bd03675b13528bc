// The echo sample's own hub client against a scripted server: what a working server never does to it.
// Needs neither a browser nor a server.

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, mock, test } from "node:test";

globalThis.location = { href: "http://sample.test/" };
const { HubConnectionBuilder } = await import("../../../examples/echo/web/hub-client.js");

const RS = "\u001e";
const PING = { type: 6 };
const NEGOTIATED = {
  negotiateVersion: 1,
  connectionId: "public",
  connectionToken: "secret+/",
  availableTransports: [{ transport: "WebSockets", transferFormats: ["Text", "Binary"] }],
};

/** The last socket that the client opened. */
let socket;

class ScriptedWebSocket {
  sent = [];
  isClosed = false;

  constructor(url) {
    this.url = url;
    socket = this;
  }

  send(data) {
    this.sent.push(...data.split(RS).slice(0, -1).map((record) => JSON.parse(record)));
  }

  close() {
    this.isClosed = true;
  }

  /** Delivers one WebSocket message with these records. */
  deliver(...records) {
    this.onmessage({ data: records.map((record) => JSON.stringify(record) + RS).join("") });
  }
}

/** Lets promises that are already settled run their reactions, also those of `fetch` and `json`. */
async function settle() {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

function respond(body, status = 200) {
  globalThis.fetch = mock.fn(async () => ({ status, json: async () => body }));
}

function build() {
  return new HubConnectionBuilder().withUrl("/echo?tenant=1", { WebSocket: ScriptedWebSocket }).build();
}

/** A connection whose handshake record is sent and not yet answered. */
async function shakingHands() {
  const connection = build();
  const started = connection.start();
  await settle();
  socket.onopen();
  return { connection, started };
}

async function connected() {
  const { connection, started } = await shakingHands();
  const closed = mock.fn();
  connection.onclose(closed);
  socket.deliver({});
  await started;
  return { connection, closed };
}

const closeError = (closed) => closed.mock.calls[0].arguments[0];

beforeEach(() => {
  socket = undefined;
  respond(NEGOTIATED);
  mock.timers.enable({ apis: ["setTimeout"] });
});

afterEach(() => mock.timers.reset());

describe("start", () => {
  test("negotiates version 1, attaches by the token and shakes hands", async () => {
    const { connection, started } = await shakingHands();
    const [url, { method }] = fetch.mock.calls[0].arguments;
    assert.equal(method, "POST");
    assert.equal(url.href, "http://sample.test/echo/negotiate?tenant=1&negotiateVersion=1");
    assert.equal(socket.url, "ws://sample.test/echo?tenant=1&id=secret%2B%2F");
    assert.deepEqual(socket.sent, [{ protocol: "json", version: 1 }]);
    socket.deliver({});
    await started;
    assert.equal(connection.state, "Connected");
    assert.equal(connection.connectionId, "public");
    assert.deepEqual(socket.sent.at(-1), PING);
  });

  test("messages may follow in the handshake's WebSocket message", async () => {
    const { connection, started } = await shakingHands();
    const heard = mock.fn();
    connection.on("News", heard);
    socket.deliver({}, { type: 1, target: "news", arguments: [1, "two"] });
    await started;
    assert.deepEqual(heard.mock.calls[0].arguments, [1, "two"]);
  });

  for (const [title, body, status, expected] of [
    ["an error", { error: "not today" }, 200, /^Error: not today$/],
    ["a status other than 200", {}, 404, /'404'/],
    ["no WebSockets", { ...NEGOTIATED, availableTransports: [{ transport: "LongPolling" }] }, 200, /no WebSockets/],
  ]) {
    test(`is rejected when negotiation answers ${title}`, async () => {
      respond(body, status);
      const connection = build();
      await assert.rejects(connection.start(), expected);
      assert.equal(connection.state, "Disconnected");
      assert.equal(socket, undefined);
    });
  }

  for (const [title, act, expected] of [
    ["the handshake is refused", () => socket.deliver({ error: "no such protocol" }), /handshake error: no such protocol/],
    ["a hub message comes instead", () => socket.deliver(PING), /Expected a handshake response/],
    ["the record is not ended", () => socket.onmessage({ data: "{}" }), /Message is incomplete/],
    ["the record is no JSON", () => socket.onmessage({ data: `{${RS}` }), SyntaxError],
    ["the socket closes", () => socket.onclose({ code: 1006, reason: "", wasClean: false }), /1006 \(no reason given\)/],
    ["the server stays silent", () => mock.timers.tick(30_000), /Server timeout elapsed/],
  ]) {
    test(`is rejected when ${title}`, async () => {
      const { connection, started } = await shakingHands();
      act();
      await assert.rejects(started, expected);
      assert.equal(connection.state, "Disconnected");
      assert.ok(socket.isClosed);
    });
  }

  test("is rejected when stopped during negotiation, and a later start stands alone", async () => {
    const connection = build();
    const first = connection.start();
    await connection.stop();
    const second = connection.start();
    await assert.rejects(first, /stopped during negotiation/);
    await settle();
    socket.onopen();
    socket.deliver({});
    await second;
    assert.equal(connection.state, "Connected");
  });
});

describe("calls", () => {
  test("may overlap and are told apart by their ids", async () => {
    const { connection } = await connected();
    const first = connection.invoke("Echo", "a");
    const second = connection.invoke("Echo", "b");
    assert.deepEqual(socket.sent.at(-1), { type: 1, invocationId: "1", target: "Echo", arguments: ["b"] });
    socket.deliver(
      { type: 3, invocationId: "1", result: "b" },
      { type: 3, invocationId: "of nobody", result: "?" },
      { type: 3, invocationId: "0", error: "failed" },
    );
    await assert.rejects(first, /^Error: failed$/);
    assert.equal(await second, "b");
  });

  test("are rejected when the connection ends or is not there", async () => {
    const { connection, closed } = await connected();
    const pending = connection.invoke("Echo", "a");
    socket.deliver({ type: 7, error: "going down" });
    await assert.rejects(pending, /Server returned an error on close: going down/);
    await assert.rejects(connection.invoke("Echo", "b"), /not in the 'Connected' State/);
    assert.match(closeError(closed).message, /going down/);
  });

  test("of the server are answered when it asks for a result", async () => {
    const { connection } = await connected();
    connection.on("Name", async () => "Ann");
    socket.deliver({ type: 1, invocationId: "s1", target: "Name", arguments: [] });
    await settle();
    assert.deepEqual(socket.sent.at(-1), { type: 3, invocationId: "s1", result: "Ann" });
    socket.deliver({ type: 1, invocationId: "s2", target: "Unknown", arguments: [] });
    await settle();
    assert.deepEqual(socket.sent.at(-1), { type: 3, invocationId: "s2", error: "Client didn't provide a result." });
  });
});

describe("staying alive and ending", () => {
  test("a ping follows 15 seconds of sending nothing; any message postpones the server timeout", async () => {
    const { connection, closed } = await connected();
    const pings = () => socket.sent.filter(({ type }) => type === PING.type).length;
    mock.timers.tick(14_999);
    assert.equal(pings(), 1);
    mock.timers.tick(1);
    assert.equal(pings(), 2);
    mock.timers.tick(14_999);
    socket.deliver(PING);
    mock.timers.tick(29_999);
    assert.equal(connection.state, "Connected");
    mock.timers.tick(1);
    assert.match(closeError(closed).message, /Server timeout elapsed/);
    assert.ok(socket.isClosed);
  });

  test("stop says goodbye, closes and reports no error, once", async () => {
    const { connection, closed } = await connected();
    await connection.stop();
    await connection.stop();
    assert.deepEqual(socket.sent.at(-1), { type: 7 });
    assert.ok(socket.isClosed);
    assert.equal(closed.mock.callCount(), 1);
    assert.equal(closeError(closed), undefined);
  });

  test("a close without an error is no error, an unclean one is", async () => {
    for (const [event, expected] of [
      [{ code: 1000, reason: "", wasClean: true }, undefined],
      [{ code: 1011, reason: "broken", wasClean: true }, "WebSocket closed with status code: 1011 (broken)."],
    ]) {
      const { closed } = await connected();
      socket.onclose(event);
      assert.equal(closeError(closed)?.message, expected);
    }
  });

  test("a message that is none ends the connection with an error", async () => {
    for (const data of ["null" + RS, "[" + RS, RS, "{}", new ArrayBuffer(2)]) {
      const { connection, closed } = await connected();
      socket.onmessage({ data });
      assert.ok(closeError(closed) instanceof Error, String(data));
      assert.equal(connection.state, "Disconnected");
    }
  });

  test("unknown types and properties are left alone", async () => {
    const { connection } = await connected();
    socket.deliver({ type: 99 }, { type: 6, extra: true }, { type: 1 }, { type: 3 });
    await settle();
    assert.equal(connection.state, "Connected");
  });
});
