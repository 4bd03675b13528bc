// Pages that have the official client loaded, in one headless Chromium for a file of tests.

import { after, before } from "node:test";
import { fileURLToPath } from "node:url";

import { launch, openPage } from "../browser/browser.mjs";
import { HUB_URL } from "../javascript/support/environment.mjs";

const CLIENT = "../javascript/node_modules/@microsoft/";
const SCRIPTS = [
  `${CLIENT}signalr/dist/browser/signalr.min.js`,
  `${CLIENT}signalr-protocol-msgpack/dist/browser/signalr-protocol-msgpack.min.js`,
  "page-script.js",
].map((path) => fileURLToPath(new URL(path, import.meta.url)));

/** Long enough for a busy machine; nothing waits for it to pass. */
const PATIENCE = 30_000;

let browser;
/** Pages of tests that are over; another test goes on with them, since opening one takes long. */
const idle = [];

/** To be called once in every file of tests. */
export function useBrowser() {
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());
}

/**
 * A page of `origin`, by default the server's own, for the test `t`. It has to come over the network:
 * Chromium lets no page that it was merely told of talk to this machine.
 */
export async function openEmpty(t, origin = HUB_URL) {
  const url = `${origin}/deployment`;
  const page = idle.pop() ?? (await openPage(browser, "about:blank", { mayBeMissing: ["/favicon.ico"] }));
  t.after(() => giveBack(page));
  page.setDefaultTimeout(PATIENCE);
  await page.goto(url);
  for (const path of SCRIPTS) await page.addScriptTag({ path });
  return page;
}

/** Ends all that the page has going on. */
async function giveBack(page) {
  if (page.isClosed()) return;
  await page.goto("about:blank");
  page.problems.length = 0;
  idle.push(page);
}
