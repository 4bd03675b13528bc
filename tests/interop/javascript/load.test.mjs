// Much at once, and large messages.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from './support/connection.mjs';
import { record } from './support/received.mjs';
import { forEveryVariant } from './support/variants.mjs';

forEveryVariant('load', variant => {
  test('many calls in flight, each with its own answer', async t => {
    const connection = await connect(t, variant);
    const numbers = Array.from({ length: 1000 }, (_, i) => i);
    const sums = await Promise.all(numbers.map(n => connection.invoke('Add', n, 1)));
    assert.deepEqual(sums, numbers.map(n => n + 1));
  });

  test('many calls without an answer run in the order they were made', async t => {
    const connection = await connect(t, variant);
    const messages = record(connection);
    const texts = Array.from({ length: 300 }, (_, i) => `message ${i}`);
    for (const text of texts) connection.send('SendBack', text);
    assert.deepEqual(await messages.take(texts.length), texts);
  });

  test('a message nearly as large as may be received', async t => {
    const connection = await connect(t, variant);
    const text = 'x'.repeat(32_000);
    assert.equal(await connection.invoke('Echo', text), text);
  });

  test('a large message from the server', async t => {
    const connection = await connect(t, variant);
    const text = await connection.invoke('ReturnText', 1_000_000);
    assert.equal(text.length, 1_000_000);
    assert.match(text, /^x+$/);
  });

  test('a message larger than may be received ends the connection', async t => {
    const connection = await connect(t, variant, '/conformance-detailed');
    const closed = new Promise(resolve => connection.onclose(resolve));
    await assert.rejects(connection.invoke('Echo', 'x'.repeat(40_000)));
    assert.match((await closed).message, /The maximum message size of 32768B was exceeded/);
  });
});
