// Streams from the server.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from './support/connection.mjs';
import { record } from './support/received.mjs';
import { openGate, unique } from './support/server.mjs';
import { collect, observe } from './support/streams.mjs';
import { forEveryVariant } from './support/variants.mjs';

const range = count => Array.from({ length: count }, (_, i) => i);

forEveryVariant('streams', variant => {
  test('all items in order, then the end', async t => {
    const connection = await connect(t, variant);
    for (const method of ['Count', 'CountChannel', 'CountInTask'])
      assert.deepEqual(await collect(connection.stream(method, 50)), range(50));
    assert.deepEqual(await collect(connection.stream('Words', ['a', null, ''])), ['a', null, '']);
  });

  test('a stream without items', async t => {
    const connection = await connect(t, variant);
    assert.deepEqual(await collect(connection.stream('Count', 0)), []);
  });

  test('several at once, and calls meanwhile', async t => {
    const connection = await connect(t, variant);
    const gate = unique('gate');
    const gated = observe(connection.stream('GatedCount', 3, gate));
    const others = await Promise.all([20, 30].map(count => collect(connection.stream('Count', count))));
    assert.deepEqual(others, [range(20), range(30)]);
    assert.equal(await connection.invoke('Echo', 'meanwhile'), 'meanwhile');
    await openGate(gate);
    await gated.ended;
    assert.deepEqual(gated.items, range(3));
  });

  test('a stream that fails after some items', async t => {
    const connection = await connect(t, variant);
    const plain = observe(connection.stream('ThrowMidway', 3, 'secret'));
    await assert.rejects(plain.ended, { message: 'An error occurred on the server while streaming results.' });
    assert.deepEqual(plain.items, range(3));
    const meant = observe(connection.stream('ThrowHubMidway', 2, 'for you'));
    await assert.rejects(meant.ended, { message: 'An error occurred on the server while streaming results. HubException: for you' });
    assert.deepEqual(meant.items, range(2));
  });

  test('a stream that never begins', async t => {
    const connection = await connect(t, variant);
    await assert.rejects(collect(connection.stream('ThrowBeforeStream', 'no')), {
      message: "An unexpected error occurred invoking 'ThrowBeforeStream' on the server. HubException: no",
    });
    await assert.rejects(collect(connection.stream('NoSuchStream')), {
      message: "Failed to invoke 'NoSuchStream' due to an error on the server. HubException: Method does not exist.",
    });
    await assert.rejects(collect(connection.stream('Echo', 'x')), {
      message: "The client attempted to invoke the non-streaming 'Echo' method with a streaming invocation.",
    });
  });

  test('a stream that the client cancels ends on the server', async t => {
    const connection = await connect(t, variant);
    const cancelled = record(connection, 'StreamCancelled');
    const label = unique('label');
    const held = await new Promise(started => {
      const stream = observe(connection.stream('HoldStream', label), () => started(stream));
    });
    assert.deepEqual(held.items, ['started']);
    held.cancel();
    assert.deepEqual(await cancelled.next(), [label]);
    assert.equal(await connection.invoke('Echo', 'still here'), 'still here');
  });
});
