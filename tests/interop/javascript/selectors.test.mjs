// Clients.All and the other ways to choose receivers. These tests have a hub to themselves, because they send to everybody on it.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { connect } from './support/connection.mjs';
import { record } from './support/received.mjs';
import { tokenOf, unique } from './support/server.mjs';
import { forEveryVariant } from './support/variants.mjs';

const HUB = '/conformance-parallel';

forEveryVariant('selectors', variant => {
  let ann, bob, toAnn, toBob;

  beforeEach(async t => {
    ann = await connect(t, variant, HUB);
    bob = await connect(t, variant, HUB);
    toAnn = record(ann);
    toBob = record(bob);
  });

  test('all', async () => {
    await ann.invoke('SendToAll', 'for all');
    assert.deepEqual(await toAnn.next(), ['for all']);
    assert.deepEqual(await toBob.next(), ['for all']);
  });

  test('all but some', async () => {
    await ann.invoke('SendToAllExcept', [bob.connectionId], 'not for Bob');
    await ann.invoke('SendToAll', 'for all');
    assert.deepEqual(await toAnn.take(2), ['not for Bob', 'for all']);
    assert.deepEqual(await toBob.next(), ['for all']);
  });

  test('others', async () => {
    await ann.invoke('SendToOthers', 'for others');
    await ann.invoke('SendToAll', 'for all');
    assert.deepEqual(await toAnn.next(), ['for all']);
    assert.deepEqual(await toBob.take(2), ['for others', 'for all']);
  });

  test('the caller', async () => {
    await ann.invoke('SendToCaller', 'for Ann');
    await ann.invoke('SendToAll', 'for all');
    assert.deepEqual(await toAnn.take(2), ['for Ann', 'for all']);
    assert.deepEqual(await toBob.next(), ['for all']);
  });

  test('one connection, and several', async () => {
    await ann.invoke('SendToClient', bob.connectionId, 'for Bob');
    await ann.invoke('SendToClients', [ann.connectionId, bob.connectionId, 'nobody'], 'for both');
    assert.deepEqual(await toAnn.next(), ['for both']);
    assert.deepEqual(await toBob.take(2), ['for Bob', 'for both']);
  });

  test('a connection that does not exist', async () => {
    await ann.invoke('SendToClient', 'nobody', 'lost');
    await ann.invoke('SendToAll', 'for all');
    assert.deepEqual(await toAnn.next(), ['for all']);
  });

  test('all connections of a user', async t => {
    const user = unique('user');
    const token = await tokenOf(user);
    const mine = [];
    for (let i = 0; i < 2; i++) mine.push(await connect(t, variant, HUB, { accessTokenFactory: () => token }));
    assert.equal(await mine[0].invoke('UserIdentifier'), user);
    const received = mine.map(connection => record(connection));
    await ann.invoke('SendToUser', user, 'for the user');
    await ann.invoke('SendToAll', 'for all');
    for (const messages of received) assert.deepEqual(await messages.take(2), ['for the user', 'for all']);
    assert.deepEqual(await toAnn.next(), ['for all']);
  });
});
