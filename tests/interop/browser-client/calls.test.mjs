// Calls in both directions from a page: functions given to `evaluate` run in it.

import assert from "node:assert/strict";
import { test } from "node:test";

import { openEmpty, useBrowser } from "./pages.mjs";
import { forEveryVariant } from "./variants.mjs";

useBrowser();

forEveryVariant("calls", (variant) => {
  test("results, nulls, and text beyond ASCII", async (t) => {
    const page = await openEmpty(t);
    const texts = ["", "Grüße", "👩‍🚀 \u0000 \u001e \"\\/<>&\u2028", "x".repeat(20_000), null];
    const answers = await page.evaluate(
      async ([variant, texts]) => {
        const connection = await hub.connect(variant);
        const echoed = [];
        for (const text of texts) echoed.push(await connection.invoke("Echo", text));
        return { echoed, sum: await connection.invoke("Add", 40, 2), over: await connection.invoke("TransportName") };
      },
      [variant, texts],
    );
    assert.deepEqual(answers, { echoed: texts, sum: 42, over: variant.transport });
    assert.deepEqual(page.problems, []);
  });

  test("bytes", async (t) => {
    const page = await openEmpty(t);
    const bytes = await page.evaluate(async (variant) => {
      const connection = await hub.connect(variant);
      // JSON has no bytes, they go as base64.
      if (variant.protocol === "json") return connection.invoke("EchoBytes", "AAEC/w==");
      return [...(await connection.invoke("EchoBytes", new Uint8Array([0, 1, 2, 255])))];
    }, variant);
    assert.deepEqual(bytes, variant.protocol === "json" ? "AAEC/w==" : [0, 1, 2, 255]);
  });

  test("errors are told, and the connection goes on", async (t) => {
    const page = await openEmpty(t);
    const told = await page.evaluate(async (variant) => {
      const connection = await hub.connect(variant);
      return {
        plain: await hub.failure(connection.invoke("ThrowPlain", "secret")),
        meant: await hub.failure(connection.invoke("ThrowHub", "for you")),
        after: await connection.invoke("Echo", "still here"),
      };
    }, variant);
    assert.deepEqual(told, {
      plain: "An unexpected error occurred invoking 'ThrowPlain' on the server.",
      meant: "An unexpected error occurred invoking 'ThrowHub' on the server. HubException: for you",
      after: "still here",
    });
  });

  test("the server's calls arrive in order, before the answer", async (t) => {
    const page = await openEmpty(t);
    const heard = await page.evaluate(async (variant) => {
      const connection = await hub.connect(variant);
      const heard = hub.record(connection);
      await connection.invoke("SendMany", 200);
      return heard;
    }, variant);
    assert.deepEqual(heard, Array.from({ length: 200 }, (_, i) => `${i}`));
  });

  test("two pages in one group", async (t) => {
    const pages = [await openEmpty(t), await openEmpty(t)];
    const group = `group-${variant.transport}-${variant.protocol}`;
    for (const page of pages)
      await page.evaluate(
        async ([variant, group]) => {
          globalThis.connection = await hub.connect(variant);
          globalThis.heard = hub.next(connection);
          await connection.invoke("AddToGroup", group);
        },
        [variant, group],
      );
    await pages[0].evaluate((group) => connection.invoke("SendToGroup", group, "hello all"), group);
    for (const page of pages) assert.equal(await page.evaluate(() => heard), "hello all");
  });

  test("streams down, and one that is cancelled", async (t) => {
    const page = await openEmpty(t);
    const label = `label-${variant.transport}-${variant.protocol}`;
    const seen = await page.evaluate(
      async ([variant, label]) => {
        const connection = await hub.connect(variant);
        const cancelled = hub.next(connection, "StreamCancelled");
        const items = await hub.collect(connection.stream("Count", 100));
        await new Promise((started) => {
          const held = connection.stream("HoldStream", label).subscribe({
            next: () => queueMicrotask(() => started(held.dispose())),
            complete() {},
            error() {},
          });
        });
        return { items, cancelled: await cancelled };
      },
      [variant, label],
    );
    assert.deepEqual(seen, { items: Array.from({ length: 100 }, (_, i) => i), cancelled: label });
  });

  test("streams up, and up and down at once", async (t) => {
    const page = await openEmpty(t);
    const answers = await page.evaluate(async (variant) => {
      const connection = await hub.connect(variant);
      const feed = (subject, items) => {
        for (const item of items) subject.next(item);
        subject.complete();
      };
      const numbers = new signalR.Subject();
      const sum = connection.invoke("SumUpload", numbers);
      feed(numbers, [1, 2, 39]);
      const words = new signalR.Subject();
      const echoed = hub.collect(connection.stream("EchoUpload", words));
      feed(words, ["x", "y"]);
      return { sum: await sum, echoed: await echoed };
    }, variant);
    assert.deepEqual(answers, { sum: 42, echoed: ["echo:x", "echo:y"] });
  });

  test("client results, and a client that cannot answer", async (t) => {
    const page = await openEmpty(t);
    const answers = await page.evaluate(async (variant) => {
      const connection = await hub.connect(variant);
      const none = await connection.invoke("AskCallerCaught", "Anybody?");
      connection.on("Ask", async (question) => `${question} Yes.`);
      return [none, await connection.invoke("AskCaller", "Ready?")];
    }, variant);
    assert.deepEqual(answers, ["failed: Client didn't provide a result.", "Ready? Yes."]);
  });
});
