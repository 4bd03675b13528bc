// Questions of the server to one client.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from './support/connection.mjs';
import { askFromOutside } from './support/server.mjs';
import { forEveryVariant } from './support/variants.mjs';

forEveryVariant('client results', variant => {
  test('the answer of the caller', async t => {
    const connection = await connect(t, variant);
    connection.on('Ask', question => `${question} Yes.`);
    connection.on('AskInt', async () => 42);
    assert.equal(await connection.invoke('AskCaller', 'Ready?'), 'Ready? Yes.');
    assert.equal(await connection.invoke('AskCallerForInt'), 42);
  });

  test('the answer of another connection', async t => {
    const asking = await connect(t, variant);
    const asked = await connect(t, variant);
    asked.on('Ask', question => `${question} No.`);
    assert.equal(await asking.invoke('AskClientCaught', asked.connectionId, 'Ready?'), 'Ready? No.');
  });

  test('a question from outside any hub', async t => {
    const connection = await connect(t, variant);
    connection.on('Ask', question => `heard ${question}`);
    assert.equal(await askFromOutside(connection.connectionId, 'from outside'), 'heard from outside');
  });

  test('a client that fails to answer', async t => {
    const connection = await connect(t, variant);
    connection.on('Ask', () => {
      throw new Error('no idea');
    });
    assert.equal(await connection.invoke('AskCallerCaught', 'Why?'), 'failed: Error: no idea');
  });

  test('a client that cannot answer', async t => {
    const connection = await connect(t, variant);
    assert.equal(await connection.invoke('AskCallerCaught', 'Anybody?'), "failed: Client didn't provide a result.");
  });

  test('a client that takes too long', async t => {
    const connection = await connect(t, variant);
    connection.on('Ask', () => new Promise(() => {}));
    assert.match(await connection.invoke('AskCallerBriefly', 'Quick?', 200), /^failed: /);
  });
});
