// One headless Chromium for all tests, and pages that remember what went wrong in them.

import { chromium } from "playwright-core";

/** Debian's place for it; `CHROMIUM` names another. */
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** No sandbox, since tests often run as root; the rest keeps the browser off the network. */
const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--disable-quic",
];

export function launch(more = []) {
  return chromium.launch({ executablePath, args: [...args, ...more] });
}

/**
 * Opens `url` in a fresh context. The page's `problems` collects errors of its console (a violated
 * content security policy is one), uncaught exceptions and requests that failed, except those for
 * the paths in `mayBeMissing`.
 */
export async function openPage(browser, url, { mayBeMissing = [], ...contextOptions } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...contextOptions });
  const page = await context.newPage();
  const isExpected = (text) => mayBeMissing.some((missing) => text.includes(missing));
  page.problems = [];
  page.on("console", (message) => {
    // Some messages name the address in their text, others as their place.
    const text = `${message.text()} (${message.location().url})`;
    if (message.type() === "error" && !isExpected(text)) page.problems.push(text);
  });
  page.on("pageerror", (error) => page.problems.push(String(error)));
  page.on("response", (response) => {
    if (response.status() >= 400 && !isExpected(response.url())) {
      page.problems.push(`${response.status()} ${response.url()}`);
    }
  });
  await page.goto(url);
  return page;
}
