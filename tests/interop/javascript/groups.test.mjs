// Groups of connections.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { connect } from './support/connection.mjs';
import { record } from './support/received.mjs';
import { sendToGroupFromOutside, unique } from './support/server.mjs';
import { forEveryVariant } from './support/variants.mjs';

forEveryVariant('groups', variant => {
  let ann, bob, toAnn, toBob, group;

  beforeEach(async t => {
    group = unique('group');
    ann = await connect(t, variant);
    bob = await connect(t, variant);
    toAnn = record(ann);
    toBob = record(bob);
  });

  /** Ann and Bob each send themselves a last message, so that what came before it is all there was. */
  async function whatCame() {
    await ann.invoke('SendBack', 'the last');
    await bob.invoke('SendBack', 'the last');
    return { ann: toAnn.unseen.slice(0, -1), bob: toBob.unseen.slice(0, -1) };
  }

  test('members get what is sent to the group, others do not', async () => {
    await ann.invoke('AddToGroup', group);
    await bob.invoke('SendToGroup', group, 'for members');
    assert.deepEqual(await toAnn.next(), ['for members']);
    assert.deepEqual(await whatCame(), { ann: [], bob: [] });
  });

  test('who left gets nothing more', async () => {
    await ann.invoke('AddToGroup', group);
    await bob.invoke('AddToGroup', group);
    await ann.invoke('RemoveFromGroup', group);
    await ann.invoke('SendToGroup', group, 'for the rest');
    assert.deepEqual(await toBob.next(), ['for the rest']);
    assert.deepEqual(await whatCame(), { ann: [], bob: [] });
  });

  test('joining twice is joining once', async () => {
    await ann.invoke('AddToGroup', group);
    await ann.invoke('AddToGroup', group);
    await bob.invoke('SendToGroup', group, 'once');
    assert.deepEqual(await toAnn.next(), ['once']);
    assert.deepEqual(await whatCame(), { ann: [], bob: [] });
  });

  test('others in the group', async () => {
    await ann.invoke('AddToGroup', group);
    await bob.invoke('AddToGroup', group);
    await ann.invoke('SendToOthersInGroup', group, 'for others');
    assert.deepEqual(await toBob.next(), ['for others']);
    assert.deepEqual(await whatCame(), { ann: [], bob: [] });
  });

  test('all but some of a group', async () => {
    await ann.invoke('AddToGroup', group);
    await bob.invoke('AddToGroup', group);
    await bob.invoke('SendToGroupExcept', group, [bob.connectionId], 'not for Bob');
    assert.deepEqual(await toAnn.next(), ['not for Bob']);
    assert.deepEqual(await whatCame(), { ann: [], bob: [] });
  });

  test('several groups', async () => {
    const other = unique('group');
    await ann.invoke('AddToGroup', group);
    await bob.invoke('AddToGroup', other);
    await ann.invoke('SendToGroups', [group, other], 'for both');
    assert.deepEqual(await toAnn.next(), ['for both']);
    assert.deepEqual(await toBob.next(), ['for both']);
  });

  test('a group from outside any hub', async () => {
    await ann.invoke('AddToGroup', group);
    await sendToGroupFromOutside(group, 'from outside');
    assert.deepEqual(await toAnn.next(), ['from outside']);
    assert.deepEqual(await whatCame(), { ann: [], bob: [] });
  });
});
