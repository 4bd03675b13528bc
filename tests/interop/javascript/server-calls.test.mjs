// Calls of the server on the client.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from './support/connection.mjs';
import { record } from './support/received.mjs';
import { forEveryVariant } from './support/variants.mjs';

forEveryVariant('server calls', variant => {
  test('they arrive before the answer of the call that made them', async t => {
    const connection = await connect(t, variant);
    const messages = record(connection);
    await connection.invoke('SendBack', 'first');
    assert.deepEqual(messages.unseen, ['first']);
  });

  test('they arrive in order', async t => {
    const connection = await connect(t, variant);
    const messages = record(connection);
    await connection.invoke('SendMany', 200);
    const expected = Array.from({ length: 200 }, (_, i) => String(i));
    assert.deepEqual(await messages.take(200), expected);
  });

  test('they arrive when the method fails afterwards', async t => {
    const connection = await connect(t, variant);
    const messages = record(connection);
    await assert.rejects(connection.invoke('SendBackThenThrow', 'before'));
    assert.deepEqual(messages.unseen, ['before']);
  });

  test('the client may know the method in another case, or not at all', async t => {
    const connection = await connect(t, variant);
    const messages = record(connection, 'mESSAGE');
    await connection.invoke('SendBack', 'any case');
    assert.deepEqual(messages.unseen, ['any case']);
    connection.off('mESSAGE');
    await connection.invoke('SendBack', 'to nobody');
    assert.equal(await connection.invoke('Echo', 'still here'), 'still here');
  });
});
