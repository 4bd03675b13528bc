// Connections whose socket is cut in the middle of everything and that go on with another.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from './support/connection.mjs';
import { proxy } from './support/proxy.mjs';
import { record } from './support/received.mjs';
import { unique } from './support/server.mjs';
import { forEveryVariant } from './support/variants.mjs';

const ROUNDS = 40;
const PER_ROUND = 100;

/** The calls of one round are in flight at a time; `disturb` happens while some of them are. */
async function exchange(connection, rounds, disturb) {
  const sends = [];
  for (let round = 0; round < rounds; round++) {
    const numbers = Array.from({ length: PER_ROUND }, (_, i) => round * PER_ROUND + i);
    // A send is done when it need not be kept any more, which may take seconds.
    sends.push(...numbers.map(n => connection.send('SendBack', `${n}`)));
    const sums = Promise.all(numbers.map(n => connection.invoke('Add', n, 1)));
    await disturb(round);
    assert.deepEqual(await sums, numbers.map(n => n + 1));
  }
  await Promise.all(sends);
}

forEveryVariant('stateful reconnect', variant => {
  if (variant.transport !== 'WebSockets') return;

  /** A connection through a proxy of its own. */
  async function connectThroughProxy(t) {
    const { origin, cut } = await proxy(t);
    const connection = await connect(t, variant, '/conformance-reconnect', {
      origin,
      configure: builder => builder.withStatefulReconnect(),
    });
    const closed = [];
    connection.onclose(error => closed.push(error));
    return { connection, cut, closed };
  }

  test('thousands of messages in both directions, nothing lost and nothing twice', async t => {
    const { connection, cut, closed } = await connectThroughProxy(t);
    const messages = record(connection);
    const id = connection.connectionId;
    let cuts = 0;
    await exchange(connection, ROUNDS, async round => {
      if (round % 4 !== 3) return;
      // Sometimes before anything has left, sometimes in the middle of the answers.
      await pause(round % 8);
      cut();
      cuts++;
    });
    assert.equal(cuts, ROUNDS / 4);
    const expected = Array.from({ length: ROUNDS * PER_ROUND }, (_, i) => `${i}`);
    assert.deepEqual(await messages.take(expected.length), expected);
    await connection.invoke('Echo', 'the last');
    assert.deepEqual(messages.unseen, []);
    assert.deepEqual(closed, []);
    assert.equal(connection.connectionId, id);
  });

  test('groups outlive the socket', async t => {
    const { connection, cut } = await connectThroughProxy(t);
    const messages = record(connection);
    const group = unique('group');
    await connection.invoke('AddToGroup', group);
    cut();
    await connection.invoke('SendToGroup', group, 'still here');
    assert.deepEqual(await messages.take(1), ['still here']);
  });
});
