// How connections of a page begin and end, and how they come back.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { test } from "node:test";

import { proxy } from "../javascript/support/proxy.mjs";
import { journal, unique } from "../javascript/support/server.mjs";
import { HUB_URL } from "../javascript/support/environment.mjs";
import { openEmpty, useBrowser } from "./pages.mjs";
import { forEveryVariant } from "./variants.mjs";

useBrowser();

/** The origin of a server that has an empty page everywhere, and that `t` closes in the end. */
async function anotherOrigin(t) {
  const server = createServer((_, response) => response.setHeader("content-type", "text/html").end("<!doctype html>"));
  t.after(() => server.close());
  await once(server.listen(0, "127.0.0.1"), "listening");
  return `http://127.0.0.1:${server.address().port}`;
}

forEveryVariant("lifecycle", (variant) => {
  test("stop is heard by the server", async (t) => {
    const page = await openEmpty(t);
    const key = unique("journal");
    const states = await page.evaluate(
      async ([variant, key]) => {
        const connection = await hub.connect(variant, `/conformance?journal=${key}`);
        const closed = new Promise((resolve) => connection.onclose(resolve));
        const before = connection.state;
        await connection.stop();
        return { before, after: connection.state, error: (await closed) ?? null };
      },
      [variant, key],
    );
    assert.deepEqual(states, { before: "Connected", after: "Disconnected", error: null });
    assert.deepEqual(await journal(key, 2), ["connected", "disconnected"]);
  });

  test("a page that is closed ends its connection", { skip: endsByTimeout(variant) }, async (t) => {
    const page = await openEmpty(t);
    const key = unique("journal");
    await page.evaluate(([variant, key]) => hub.connect(variant, `/conformance?journal=${key}`).then(() => {}), [variant, key]);
    await page.close();
    const [, ended] = await journal(key, 2);
    assert.match(ended, /^disconnected/);
  });

  test("a connection comes back when the network does", async (t) => {
    const { origin, down, up } = await proxy(t);
    const page = await openEmpty(t, origin);
    await page.evaluate(async (variant) => {
      const delays = Array(100).fill(100);
      globalThis.connection = await hub.connect(variant, undefined, (builder) => builder.withAutomaticReconnect(delays));
      globalThis.first = connection.connectionId;
      globalThis.lost = new Promise((resolve) => connection.onreconnecting(resolve));
      globalThis.back = new Promise((resolve) => connection.onreconnected(resolve));
    }, variant);
    down();
    await page.evaluate(() => lost.then(() => {}));
    up();
    const after = await page.evaluate(async () => {
      const second = await back;
      return { changed: second !== first, echoed: await connection.invoke("Echo", "after the cut") };
    });
    assert.deepEqual(after, { changed: true, echoed: "after the cut" });
  });

  test("a page of another origin, with the layer that allows it", async (t) => {
    const page = await openEmpty(t, await anotherOrigin(t));
    const echoed = await page.evaluate(
      async ([variant, url]) => (await hub.connect(variant, url)).invoke("Echo", "from afar"),
      [variant, `${HUB_URL}/conformance`],
    );
    assert.equal(echoed, "from afar");
    assert.deepEqual(page.problems, []);
  });

  test("a token", async (t) => {
    const page = await openEmpty(t);
    const user = await page.evaluate(async (variant) => {
      const options = {
        transport: signalR.HttpTransportType[variant.transport],
        accessTokenFactory: () => fetch("/token?user=ann").then((answer) => answer.text()),
      };
      const connection = await hub.connect(variant, undefined, (builder) => builder.withUrl("/conformance-auth", options));
      return connection.invoke("UserIdentifier");
    }, variant);
    assert.equal(user, "ann");
  });

  if (variant.transport === "WebSockets")
    test("stateful reconnect: nothing is lost, and nothing comes twice", async (t) => {
      const { origin, cut } = await proxy(t);
      const page = await openEmpty(t, origin);
      await page.evaluate(async (variant) => {
        globalThis.connection = await hub.connect(variant, "/conformance-reconnect", (builder) => builder.withStatefulReconnect());
        globalThis.heard = hub.record(connection);
        globalThis.first = connection.connectionId;
      }, variant);
      for (let round = 0; round < 5; round++) {
        await page.evaluate((round) => {
          for (let n = 0; n < 50; n++) connection.send("SendBack", `${round * 50 + n}`).catch(() => {});
        }, round);
        cut();
        await page.evaluate(() => connection.invoke("Echo", "between cuts"));
      }
      const after = await page.evaluate(() => ({ heard, same: connection.connectionId === first }));
      assert.deepEqual(after, { heard: Array.from({ length: 250 }, (_, i) => `${i}`), same: true });
    });
});

/** Nothing tells the server that a polling page has gone but that no poll comes any more. */
function endsByTimeout({ transport }) {
  return transport === "LongPolling" && "after the server's disconnect timeout only";
}
