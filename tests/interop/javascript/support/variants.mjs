// Every test runs over each transport with each protocol that it can carry.

import { describe } from 'node:test';
import { TRANSPORTS } from './environment.mjs';

/** ServerSentEvents carries text only. */
const protocolsOver = transport => (transport === 'ServerSentEvents' ? ['json'] : ['json', 'messagepack']);

const VARIANTS = TRANSPORTS.flatMap(transport => protocolsOver(transport).map(protocol => ({ transport, protocol })));

/** Longer than any test takes on a slow machine; what hangs fails with its name. */
const LIMIT = 60_000;

/** Runs `define(variant)` in a suite for each combination of transport and protocol. */
export function forEveryVariant(topic, define) {
  for (const variant of VARIANTS)
    describe(`${topic}, ${variant.transport}, ${variant.protocol}`, { timeout: LIMIT }, () => define(variant));
}
