// Which transport the client ends up with when not all of them can be had.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { brokenProxy } from "./broken-proxy.mjs";
import { openEmpty, useBrowser } from "./pages.mjs";
import { LIMIT } from "./variants.mjs";

useBrowser();

/** Lets the client choose, makes calls both ways, and says over what they went. */
async function transportOf(page, path, protocol, method) {
  return page.evaluate(
    async ([path, protocol, method]) => {
      const connection = await hub.connect({ protocol }, path);
      const heard = hub.next(connection);
      const echoed = await connection.invoke("Echo", "over whatever works");
      await connection.invoke(path.startsWith("/testhub") ? "InvokeWithString" : "SendBack", "and back");
      if (echoed !== "over whatever works" || (await heard) !== "and back") throw new Error("a call came back changed");
      return connection.invoke(method);
    },
    [path, protocol, method],
  );
}

const json = "json";
const messagepack = "messagepack";

describe("transports that the server does not offer", LIMIT, () => {
  for (const [path, protocol, expected] of [
    ["/conformance", json, "WebSockets"],
    ["/conformance", messagepack, "WebSockets"],
    ["/conformance-sse", json, "ServerSentEvents"],
    ["/conformance-longpolling", json, "LongPolling"],
    ["/conformance-longpolling", messagepack, "LongPolling"],
  ])
    test(`${path} with ${protocol}: ${expected}`, async (t) => {
      const page = await openEmpty(t);
      assert.equal(await transportOf(page, path, protocol, "TransportName"), expected);
      assert.deepEqual(page.problems, []);
    });

  for (const [protocol, expected] of [
    [json, "ServerSentEvents"],
    [messagepack, "LongPolling"],
  ])
    test(`no WebSockets, with ${protocol}: ${expected}`, async (t) => {
      const page = await openEmpty(t);
      assert.equal(await transportOf(page, "/testhub-nowebsockets", protocol, "GetActiveTransportName"), expected);
      assert.deepEqual(page.problems, []);
    });

  test("a transport that is demanded and not offered is refused", async (t) => {
    const page = await openEmpty(t);
    const told = await page.evaluate(() => hub.failure(hub.connect({ transport: "WebSockets" }, "/conformance-sse")));
    assert.match(told, /^Unable to connect to the server with any of the available transports/);
  });
});

describe("transports that a proxy breaks", LIMIT, () => {
  for (const [harm, protocol, expected] of [
    ["refuses-upgrades", json, "ServerSentEvents"],
    ["refuses-upgrades", messagepack, "LongPolling"],
    ["drops-upgrades", json, "ServerSentEvents"],
    ["drops-upgrades", messagepack, "LongPolling"],
    ["forgets-upgrade-headers", json, "ServerSentEvents"],
    ["forgets-upgrade-headers", messagepack, "LongPolling"],
    ["refuses-upgrades-and-event-streams", json, "LongPolling"],
  ])
    test(`a proxy that ${harm.replaceAll("-", " ")}, with ${protocol}: ${expected}`, async (t) => {
      const page = await openEmpty(t, await brokenProxy(t, harm));
      assert.equal(await transportOf(page, "/conformance", protocol, "TransportName"), expected);
    });
});
