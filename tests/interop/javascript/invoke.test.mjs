// Calls that are answered.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from './support/connection.mjs';
import { forEveryVariant } from './support/variants.mjs';

forEveryVariant('invoke', variant => {
  test('a result', async t => {
    const connection = await connect(t, variant);
    assert.equal(await connection.invoke('Echo', 'hello'), 'hello');
    assert.equal(await connection.invoke('Add', 40, 2), 42);
  });

  test('null as an argument and as a result', async t => {
    const connection = await connect(t, variant);
    assert.equal(await connection.invoke('Echo', null), null);
    assert.equal(await connection.invoke('Concat', 'a', null), 'a|null');
    assert.equal(await connection.invoke('ReturnNull'), null);
  });

  test('a method without a result', async t => {
    const connection = await connect(t, variant);
    assert.equal((await connection.invoke('DoNothing')) ?? null, null);
  });

  test('text beyond ASCII', async t => {
    const connection = await connect(t, variant);
    for (const text of ['', 'Grüße', '你好', '👩‍🚀 \u0000 \u001e "\\/<>&\u2028'])
      assert.equal(await connection.invoke('Echo', text), text);
  });

  test('the name of a method in any case', async t => {
    const connection = await connect(t, variant);
    assert.equal(await connection.invoke('eCHO', 'x'), 'x');
  });

  test('a method under another name than in the program', async t => {
    const connection = await connect(t, variant);
    assert.equal(await connection.invoke('renamed'), 'renamed');
    await assert.rejects(connection.invoke('CodeName'), /HubException: Method does not exist/);
  });

  test('lists, maps and objects', async t => {
    const connection = await connect(t, variant);
    assert.deepEqual(await connection.invoke('EchoInts', [1, -2, 2147483647]), [1, -2, 2147483647]);
    assert.deepEqual(await connection.invoke('EchoNested', [[1], [], [2, 3]]), [[1], [], [2, 3]]);
    assert.deepEqual(await connection.invoke('EchoStrings', ['a', null]), ['a', null]);
    assert.deepEqual(await connection.invoke('EchoMap', { one: 1, two: 2 }), { one: 1, two: 2 });
    const thing = await connection.invoke('EchoThing', { Name: 'lamp', Count: 3, Child: { Name: 'bulb' } });
    assert.equal(thing.Name, 'lamp');
    assert.equal(thing.Count, 3);
    assert.equal(thing.Child.Name, 'bulb');
    assert.equal(thing.Child.Tags, null);
  });

  test('what the server knows about the connection', async t => {
    const connection = await connect(t, variant, '/conformance?colour=blue');
    assert.equal(await connection.invoke('TransportName'), variant.transport);
    assert.equal(await connection.invoke('ConnectionId'), connection.connectionId);
    assert.equal(await connection.invoke('Query', 'colour'), 'blue');
    assert.equal(await connection.invoke('UserIdentifier'), null);
  });
});
