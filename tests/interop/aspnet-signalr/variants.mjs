// Every test runs over each transport with each protocol that it can carry.

import { describe } from "node:test";

import { TRANSPORTS } from "../javascript/support/environment.mjs";

const protocolsOver = (transport) => (transport === "ServerSentEvents" ? ["json"] : ["json", "messagepack"]);

const VARIANTS = TRANSPORTS.flatMap((transport) => protocolsOver(transport).map((protocol) => ({ transport, protocol })));

/** Runs `define(variant)` in a suite for each combination; what hangs fails with its name. */
export function forEveryVariant(define) {
  for (const variant of VARIANTS) describe(`${variant.transport}, ${variant.protocol}`, { timeout: 60_000 }, () => define(variant));
}
