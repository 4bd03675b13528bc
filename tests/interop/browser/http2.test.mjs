// The echo sample over TLS in a browser: everything goes over one HTTP/2 connection, WebSockets too
// (RFC 8441). The server's own list of requests says so; a page cannot know.
//
//   ECHO_PROGRAM   the echo program; without it these tests are skipped

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";

import { launch, openPage } from "./browser.mjs";

const { ECHO_PROGRAM } = process.env;
const BUNDLE = "/assets/signalr.js";

/** Long enough for a busy machine; nothing waits for it to pass. */
const TIMEOUT = 15_000;

/** The program with TLS, its address, and the requests that it says it had. */
async function startEcho() {
  const program = spawn(ECHO_PROGRAM, ["--listen", "127.0.0.1:0", "--tls", "--verbose"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const requests = [];
  const lines = createInterface({ input: program.stdout });
  const url = await new Promise((resolve, reject) => {
    program.on("error", reject);
    program.on("exit", () => reject(new Error("echo ended before it listened")));
    lines.on("line", (line) => {
      const address = /^Now listening on: (https:.*)$/.exec(line);
      if (address) return resolve(address[1]);
      // As request_log.rs writes it.
      const [peer, version, method, path, status] = line.split(" ");
      if (status) requests.push({ peer, version, method, path, status });
    });
  });
  const stop = async () => {
    const ended = once(program, "exit");
    program.kill();
    await ended;
  };
  return { url, requests, stop };
}

describe("HTTP/2", { skip: ECHO_PROGRAM ? false : "ECHO_PROGRAM names no program" }, () => {
  let browser;
  let echo;

  before(async () => {
    echo = await startEcho();
    browser = await launch(["--ignore-certificate-errors"]);
  });

  after(async () => {
    await browser?.close();
    await echo?.stop();
  });

  /** Runs `body` with the sample's page and gives the requests that came of it. */
  async function withPage(body) {
    const before = echo.requests.length;
    const page = await openPage(browser, echo.url, { ignoreHTTPSErrors: true, mayBeMissing: [BUNDLE] });
    page.setDefaultTimeout(TIMEOUT);
    try {
      await body(page);
      assert.deepEqual(page.problems, []);
    } finally {
      await page.context().close();
    }
    return echo.requests.slice(before);
  }

  /** Every request came by the connection that the page came by. */
  function assertOneConnection(requests) {
    const page = requests.find(({ path }) => path === "/");
    for (const request of requests) {
      const { peer, version } = request;
      assert.deepEqual({ peer, version }, { peer: page.peer, version: "HTTP/2.0" }, JSON.stringify(request));
    }
  }

  test("several WebSockets share the page's connection", async () => {
    const requests = await withPage(async (page) => {
      const echoes = await page.evaluate(async () => {
        const open = (path) =>
          new Promise((resolve, reject) => {
            const socket = new WebSocket(path);
            socket.onopen = () => resolve(socket);
            socket.onerror = () => reject(new Error(`${path} was not opened`));
          });
        const sockets = await Promise.all(Array.from({ length: 5 }, () => open("/ws")));
        const answers = sockets.map(
          (socket) => new Promise((resolve) => (socket.onmessage = ({ data }) => resolve(data))),
        );
        // All are open, and all talk at once; one text is longer than a flow control window.
        sockets.forEach((socket, index) => socket.send(`${index}`.repeat(index === 4 ? 200_000 : 1)));
        const texts = await Promise.all(answers.slice(0, 4));
        const closings = sockets.map(
          (socket) => new Promise((resolve) => (socket.onclose = ({ code, wasClean }) => resolve({ code, wasClean }))),
        );
        sockets.forEach((socket) => socket.close(4000));
        return { texts, endings: await Promise.all(closings) };
      });
      assert.deepEqual(echoes.texts, ["0", "1", "2", "3"]);
      assert.deepEqual(echoes.endings, Array(5).fill({ code: 4000, wasClean: true }));
    });
    const sockets = requests.filter(({ path }) => path === "/ws");
    assert.deepEqual(
      sockets.map(({ method, status }) => `${method} ${status}`),
      Array(5).fill("CONNECT 200"),
    );
    assertOneConnection(requests);
  });

  for (const [transport, method] of [
    ["WebSockets", "CONNECT"],
    ["ServerSentEvents", "GET"],
    ["LongPolling", "GET"],
  ]) {
    test(`the official client over ${transport}`, async (t) => {
      const installed = await fetchStatus(BUNDLE);
      if (installed !== 200) return t.skip("the official client is not installed");
      const requests = await withPage(async (page) => {
        await page.addScriptTag({ url: BUNDLE });
        const answers = await page.evaluate(async (transport) => {
          const build = () =>
            new signalR.HubConnectionBuilder()
              .withUrl("/echo", { transport: signalR.HttpTransportType[transport] })
              .configureLogging(signalR.LogLevel.Warning)
              .build();
          const connections = [build(), build(), build()];
          await Promise.all(connections.map((connection) => connection.start()));
          const long = "long ".repeat(5_000);
          const calls = connections.flatMap((connection) =>
            ["first", long].map(async (text) => (await connection.invoke("Echo", text)) === text),
          );
          const answers = await Promise.all(calls);
          await Promise.all(connections.map((connection) => connection.stop()));
          return answers;
        }, transport);
        assert.deepEqual(answers, Array(6).fill(true));
      });
      const opened = requests.filter(({ path, method: used }) => path === "/echo" && used === method);
      assert.ok(opened.length >= 3, JSON.stringify(requests));
      assertOneConnection(requests);
    });
  }

  /** Asked in a page, since Node does not trust the certificate. */
  async function fetchStatus(path) {
    let status;
    await withPage(async (page) => {
      status = await page.evaluate(async (path) => (await fetch(path)).status, path);
    });
    return status;
  }
});
