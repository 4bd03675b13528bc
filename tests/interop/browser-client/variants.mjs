// Every test of calls runs over each transport with each protocol that it can carry.

import { describe } from "node:test";

const VARIANTS = [
  { transport: "WebSockets", protocol: "json" },
  { transport: "WebSockets", protocol: "messagepack" },
  { transport: "ServerSentEvents", protocol: "json" },
  { transport: "LongPolling", protocol: "json" },
  { transport: "LongPolling", protocol: "messagepack" },
];

/** What hangs fails with its name. */
export const LIMIT = { timeout: 60_000 };

/** Runs `define(variant)` in a suite for each combination. */
export function forEveryVariant(topic, define) {
  for (const variant of VARIANTS)
    describe(`${topic}, ${variant.transport}, ${variant.protocol}`, LIMIT, () => define(variant));
}
