// Calls that nobody waits for.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from './support/connection.mjs';
import { record } from './support/received.mjs';
import { forEveryVariant } from './support/variants.mjs';

forEveryVariant('send', variant => {
  test('the method runs', async t => {
    const connection = await connect(t, variant);
    const messages = record(connection);
    await connection.send('SendBack', 'once');
    assert.deepEqual(await messages.next(), ['once']);
  });

  test('what fails is not answered and ends nothing', async t => {
    const connection = await connect(t, variant);
    const messages = record(connection);
    await connection.send('SendBackThenThrow', 'before the failure');
    await connection.send('NoSuchMethod', 1, 2, 3);
    await connection.send('Add', 'no', 'numbers');
    assert.deepEqual(await messages.next(), ['before the failure']);
    assert.equal(await connection.invoke('Echo', 'still here'), 'still here');
  });
});
