// The page of the echo sample, as a person in front of a browser meets it.
//
//   ECHO_URL        where the sample runs, for instance http://127.0.0.1:5000 (required)
//   EXPECT_CLIENT   `official` or `own`: the client script the page must choose by itself;
//                   left out, it follows from whether the server has the official bundle
//   SCREENSHOT_DIR  where screenshots go; left out, none are taken

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";

import { launch, openPage } from "./browser.mjs";

const { ECHO_URL, SCREENSHOT_DIR } = process.env;
assert.ok(ECHO_URL, "ECHO_URL must say where the echo sample runs");

const BUNDLE = "/assets/signalr.js";
const CLIENT_NAMES = { official: /^@microsoft\/signalr \d+\.\d+\.\d+$/, own: /^hub-client\.js$/ };

/** Long enough for a busy machine; nothing waits for it to pass. */
const TIMEOUT = 15_000;

let browser;
let expectedClient;

before(async () => {
  browser = await launch();
  const bundle = await fetch(new URL(BUNDLE, ECHO_URL), { method: "GET" });
  const installed = bundle.status === 200 ? "official" : "own";
  expectedClient = process.env.EXPECT_CLIENT ?? installed;
  assert.equal(installed, expectedClient, `GET ${BUNDLE} answered ${bundle.status}`);
});

after(() => browser?.close());

/** Runs `body` with a page at `search`, then requires that nothing went wrong in it. */
async function withPage(search, options, body) {
  const mayBeMissing = expectedClient === "own" ? [BUNDLE] : [];
  const page = await openPage(browser, new URL(search, ECHO_URL).href, { mayBeMissing, ...options });
  page.setDefaultTimeout(TIMEOUT);
  try {
    await body(page);
    assert.deepEqual(page.problems, []);
  } finally {
    await page.context().close();
  }
}

/** Waits for a log entry of that source and kind whose text matches. */
async function logged(page, source, kind, text) {
  const entries = page.locator(`#log-entries li[data-source=${source}][data-kind=${kind}] .text`);
  await entries.filter({ hasText: text }).first().waitFor({ state: "attached" });
}

const button = (page, name) => page.getByRole("button", { name, exact: true });

async function waitForState(page, id, state) {
  await page.locator(`#${id}`, { hasText: new RegExp(`^${state}$`) }).waitFor();
}

const panel = (page, name) => page.getByRole("region", { name });

async function connectSocket(page) {
  await panel(page, "Raw WebSocket").getByRole("button", { name: "Connect" }).click();
  await waitForState(page, "socket-state", "Open");
}

async function connectHub(page) {
  await panel(page, "Echo hub").getByRole("button", { name: "Connect", exact: true }).click();
  await waitForState(page, "hub-state", "Connected");
}

async function callHub(page, argument) {
  await page.getByLabel("Argument of Echo").fill(argument);
  await button(page, "Call Echo").click();
  await page.locator("#hub-result", { hasText: JSON.stringify(argument) }).waitFor();
}

describe("raw WebSocket", () => {
  test("what is sent comes back, as text and as binary", () =>
    withPage("/", {}, async (page) => {
      const expected = new URL("/ws", ECHO_URL).href.replace(/^http/, "ws");
      assert.equal(await page.getByLabel("WebSocket URL").inputValue(), expected);
      await connectSocket(page);
      await logged(page, "socket", "open", expected);

      await page.getByLabel("Message").fill("grüße, 世界 🌍");
      await button(page, "Send").click();
      await logged(page, "socket", "sent", /^grüße, 世界 🌍$/);
      await logged(page, "socket", "received", /^grüße, 世界 🌍$/);

      await page.getByLabel("Send as").selectOption("binary");
      await page.getByLabel("Message").fill("abc");
      await button(page, "Send").click();
      await logged(page, "socket", "received", /^\[binary, 3 bytes\] 61 62 63$/);
    }));

  test("the close code and reason come back", () =>
    withPage("/", {}, async (page) => {
      await connectSocket(page);
      await page.getByLabel("Close code").fill("4321");
      await page.getByLabel("Reason").fill("seen enough");
      await button(page, "Close Socket").click();
      await logged(page, "socket", "closed", /^code 4321, reason "seen enough", clean$/);
      await waitForState(page, "socket-state", "Closed");
      await connectSocket(page);
    }));

  test("a code or reason that a page may not use is explained, and the socket stays open", () =>
    withPage("/", {}, async (page) => {
      await connectSocket(page);
      for (const [code, reason, explanation] of [
        ["1001", "", /1000, or 3000 to 4999/],
        ["", "", /1000, or 3000 to 4999/],
        ["1000", "ü".repeat(62), /at most 123 bytes; this one has 124/],
      ]) {
        await page.getByLabel("Close code").fill(code);
        await page.getByLabel("Reason").fill(reason);
        await button(page, "Close Socket").click();
        await page.getByRole("alert").filter({ hasText: explanation }).waitFor();
      }
      await waitForState(page, "socket-state", "Open");
    }));

  test("a server that is not there leaves the page ready for another attempt", async () => {
    // Port 9 (discard) is not served; the browser reports the failure on its console, as it must.
    const page = await openPage(browser, ECHO_URL);
    page.setDefaultTimeout(TIMEOUT);
    await page.getByLabel("WebSocket URL").fill("ws://127.0.0.1:9/ws");
    await panel(page, "Raw WebSocket").getByRole("button", { name: "Connect" }).click();
    await logged(page, "socket", "closed", /^code 1006, .* not clean$/);
    await page.getByLabel("WebSocket URL").fill(new URL("/ws", ECHO_URL).href.replace(/^http/, "ws"));
    await connectSocket(page);
    await page.context().close();
  });
});

describe("echo hub", () => {
  for (const [title, search, clientOf] of [
    ["with the client that the page chooses", "/", () => expectedClient],
    ["with our script", "/?client=own", () => "own"],
  ]) {
    test(`calls return, ${title}`, () =>
      withPage(search, {}, async (page) => {
        await page.locator("#hub-client", { hasText: CLIENT_NAMES[clientOf()] }).waitFor();
        await connectHub(page);
        await logged(page, "hub", "open", /Connected to .*\/echo as \S+/);
        await logged(page, "hub", "sent", '{"protocol":"json","version":1}RS');
        await callHub(page, 'quotes " and \u001e and \u{1f30d}');
        await callHub(page, "again");
        assert.match(await page.locator("#hub-round-trip").textContent(), /^\d+\.\d ms$/);

        await button(page, "Disconnect").click();
        await waitForState(page, "hub-state", "Disconnected");
        await logged(page, "hub", "closed", "Disconnected");
        await connectHub(page);
        await callHub(page, "and once more");
      }));
  }

  test("an address that is no hub is reported", async () => {
    const page = await openPage(browser, ECHO_URL);
    page.setDefaultTimeout(TIMEOUT);
    await page.getByLabel("Hub URL").fill(new URL("/no-such-hub", ECHO_URL).href);
    await panel(page, "Echo hub").getByRole("button", { name: "Connect", exact: true }).click();
    await logged(page, "hub", "error", /Could not connect .*'?404'?/);
    await waitForState(page, "hub-state", "Disconnected");
    await page.context().close();
  });
});

describe("the page", () => {
  test("buttons are disabled while they do not apply", () =>
    withPage("/", {}, async (page) => {
      const enabled = () => page.$$eval("button", (all) => all.filter((one) => !one.disabled).map((one) => one.id));
      await page.locator("#hub-connect:enabled").waitFor();
      assert.deepEqual(await enabled(), ["socket-connect", "hub-connect", "log-clear"]);
      await connectSocket(page);
      await connectHub(page);
      assert.deepEqual(await enabled(), ["socket-send", "socket-close", "hub-call", "hub-disconnect", "log-clear"]);
    }));

  test("the keyboard alone is enough", () =>
    withPage("/", {}, async (page) => {
      const { keyboard } = page;
      const focused = () => page.evaluate(() => document.activeElement.id);
      const tabTo = async (id) => {
        for (let presses = 0; presses < 30 && (await focused()) !== id; presses++) await keyboard.press("Tab");
        assert.equal(await focused(), id);
      };
      await page.locator("#hub-connect:enabled").waitFor();

      await tabTo("socket-url");
      await keyboard.press("Enter");
      await waitForState(page, "socket-state", "Open");
      await tabTo("socket-message");
      await keyboard.press("Control+A");
      await keyboard.type("typed");
      await keyboard.press("Enter");
      await logged(page, "socket", "received", /^typed$/);
      await tabTo("socket-close");
      await keyboard.press("Space");
      await logged(page, "socket", "closed", /^code 1000, reason "Goodbye", clean$/);
      assert.equal(await focused(), "socket-url", "the focus does not stay on a disabled button");

      await tabTo("hub-connect");
      await keyboard.press("Enter");
      await waitForState(page, "hub-state", "Connected");
      assert.equal(await focused(), "hub-message");
      await keyboard.press("Control+A");
      await keyboard.type("from the keyboard");
      await keyboard.press("Enter");
      await page.locator("#hub-result", { hasText: '"from the keyboard"' }).waitFor();
      await tabTo("log");
      await keyboard.press("Shift+Tab");
      assert.equal(await focused(), "log-clear");
      await keyboard.press("Enter");
      await page.locator("#log-empty").waitFor();
    }));

  test("every control has a name, and the log is announced", () =>
    withPage("/", {}, async (page) => {
      const nameless = await page.$$eval("input, select, button", (all) =>
        all.filter((one) => !one.labels?.length && !one.textContent.trim()).map((one) => one.id));
      assert.deepEqual(nameless, []);
      const region = page.getByRole("log", { name: "Communication log" });
      assert.equal(await region.getAttribute("aria-live"), "polite");
    }));

  test("the log is bounded, in entries and in the length of each", () =>
    withPage("/", {}, async (page) => {
      await connectSocket(page);
      await page.getByLabel("Message").fill("x".repeat(5_000));
      await button(page, "Send").click();
      await logged(page, "socket", "received", /^x{2000}… \(5,000 characters\)$/);
      await page.getByLabel("Message").fill("many");
      await page.evaluate(() => {
        for (let count = 0; count < 400; count++) document.getElementById("socket-send").click();
      });
      await page.getByLabel("Message").fill("last");
      await button(page, "Send").click();
      await logged(page, "socket", "received", /^last$/);
      assert.equal(await page.locator("#log-entries li").count(), 500);
    }));

  test("frames of the hub can be hidden", () =>
    withPage("/", {}, async (page) => {
      await connectHub(page);
      const frame = page.locator("#log-entries li[data-source=hub][data-kind=sent]").first();
      await frame.waitFor({ state: "visible" });
      await page.getByLabel("Hub frames").uncheck();
      await frame.waitFor({ state: "hidden" });
    }));
});

describe("appearance", () => {
  for (const [name, options] of [
    ["light", { colorScheme: "light" }],
    ["dark", { colorScheme: "dark" }],
    ["narrow", { colorScheme: "light", viewport: { width: 390, height: 844 } }],
  ]) {
    test(`${name}: nothing is cut off`, () =>
      withPage("/", options, async (page) => {
        await connectSocket(page);
        await button(page, "Send").click();
        await logged(page, "socket", "received", "Hello, socket!");
        await connectHub(page);
        await callHub(page, "Hello, hub!");
        await page.getByLabel("Close code").fill("3000");
        await button(page, "Close Socket").click();
        await logged(page, "socket", "closed", /^code 3000/);
        await connectSocket(page);

        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.equal(overflow, 0, "the page does not scroll sideways");
        if (SCREENSHOT_DIR) {
          mkdirSync(SCREENSHOT_DIR, { recursive: true });
          const file = path.join(SCREENSHOT_DIR, `echo-page-${expectedClient}-${name}.png`);
          await page.screenshot({ path: file, fullPage: true });
        }
      }));
  }
});
