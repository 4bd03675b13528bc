// What the environment decides: the server under test, and over which transports.

const KNOWN_TRANSPORTS = ['WebSockets', 'ServerSentEvents', 'LongPolling'];

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: the tests need the base URL of a conformance server`);
  return value;
}

/** Base URL of the server under test, without a slash at the end. */
export const HUB_URL = required('HUB_URL').replace(/\/$/, '');

/** Names of the transports to test; `TRANSPORTS` lists them with commas, WebSockets is the default. */
export const TRANSPORTS = (process.env.TRANSPORTS || 'WebSockets').split(',');

for (const name of TRANSPORTS)
  if (!KNOWN_TRANSPORTS.includes(name)) throw new Error(`TRANSPORTS names '${name}', which is none of ${KNOWN_TRANSPORTS.join(', ')}`);
