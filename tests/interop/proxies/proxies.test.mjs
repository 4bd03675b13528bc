// The official client in Node behind real proxies, over every transport.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { build, connect } from '../javascript/support/connection.mjs';
import { record } from '../javascript/support/received.mjs';
import { openGate, unique } from '../javascript/support/server.mjs';
import { collect, observe } from '../javascript/support/streams.mjs';
import { startProxy } from './proxies.mjs';

const VARIANTS = [
  { transport: 'WebSockets', protocol: 'json' },
  { transport: 'WebSockets', protocol: 'messagepack' },
  { transport: 'ServerSentEvents', protocol: 'json' },
  { transport: 'LongPolling', protocol: 'json' },
  { transport: 'LongPolling', protocol: 'messagepack' },
];

/** What is kept back somewhere never comes: the test then fails by this. */
const LIMIT = { timeout: 60_000 };

for (const kind of ['nginx', 'haproxy']) {
  describe(kind, LIMIT, () => {
    let origin;
    let stop;
    before(async () => {
      origin = await startProxy(kind, (end) => (stop = end));
    });
    after(() => stop?.());

    for (const variant of VARIANTS) {
      const name = `${variant.transport}, ${variant.protocol}`;

      test(`${name}: calls both ways`, async (t) => {
        const connection = await connect(t, variant, '/conformance', { origin });
        const messages = record(connection);
        connection.on('Ask', (question) => `${question} Yes.`);
        assert.equal(await connection.invoke('TransportName'), variant.transport);
        assert.equal(await connection.invoke('Echo', 'x'.repeat(20_000)), 'x'.repeat(20_000));
        assert.equal((await connection.invoke('ReturnText', 300_000)).length, 300_000);
        await connection.invoke('SendMany', 50);
        assert.equal((await messages.take(50)).at(-1), '49');
        assert.equal(await connection.invoke('AskCaller', 'Ready?'), 'Ready? Yes.');
        assert.equal((await collect(connection.stream('Count', 30))).length, 30);
      });

      test(`${name}: an item leaves before the next one is there`, async (t) => {
        const connection = await connect(t, variant, '/conformance', { origin });
        const gate = unique('gate');
        const stream = await new Promise((first) => {
          const gated = observe(connection.stream('GatedCount', 3, gate), () => first(gated));
        });
        assert.deepEqual(stream.items, [0]);
        await openGate(gate);
        await stream.ended;
        assert.deepEqual(stream.items, [0, 1, 2]);
      });
    }

    test('the address of the client', async (t) => {
      const connection = await connect(t, VARIANTS[0], '/conformance', { origin });
      assert.equal(await connection.invoke('Header', 'X-Forwarded-For'), '127.0.0.1');
    });
  });
}

describe('nginx with nothing but proxy_pass', LIMIT, () => {
  let origin;
  let stop;
  const nothingElse = (text) => text.replace(/^ *proxy_(?!pass).*$/gm, '');
  before(async () => {
    origin = await startProxy('nginx', (end) => (stop = end), nothingElse);
  });
  after(() => stop?.());

  test('no WebSocket is opened', async () => {
    await assert.rejects(build(VARIANTS[0], '/conformance', { origin }).start(), /there is a proxy blocking WebSockets/);
  });

  test('the client falls back to events, which the server asks not to be kept', async (t) => {
    const connection = await connect(t, { protocol: 'json' }, '/conformance', { origin });
    assert.equal(await connection.invoke('TransportName'), 'ServerSentEvents');
  });
});

describe('a proxy less patient than the hub is talkative', LIMIT, () => {
  for (const [kind, impatient] of [
    ['nginx', (text) => text.replace('proxy_read_timeout 100s', 'proxy_read_timeout 2s')],
    ['haproxy', (text) => text.replace('timeout tunnel 100s', 'timeout tunnel 2s')],
  ])
    test(`${kind} ends an idle WebSocket, and pings keep one open`, async (t) => {
      const origin = await startProxy(kind, (end) => t.after(end), impatient);
      const idle = await connect(t, VARIANTS[0], '/conformance', { origin });
      const configure = (builder) => builder.withKeepAliveInterval(400);
      const pinged = await connect(t, VARIANTS[0], '/conformance-fast', { origin, configure });
      await new Promise((resolve) => idle.onclose(resolve));
      assert.equal(await pinged.invoke('Echo', 'still here'), 'still here');
    });
});
