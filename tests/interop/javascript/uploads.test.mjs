// Streams to the server. One in a call: of two neighbouring ones the client takes the second for a plain argument.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import signalR from '@microsoft/signalr';
import { connect } from './support/connection.mjs';
import { collect } from './support/streams.mjs';
import { forEveryVariant } from './support/variants.mjs';

/** Calls `invoke` with a stream, feeds that, and returns the result of the call. */
async function upload(invoke, feed) {
  const items = new signalR.Subject();
  const result = invoke(items);
  feed(items);
  return result;
}

forEveryVariant('uploads', variant => {
  test('the items of one stream', async t => {
    const connection = await connect(t, variant);
    const sum = await upload(
      items => connection.invoke('SumUpload', items),
      items => {
        for (const n of [1, 2, 39]) items.next(n);
        items.complete();
      },
    );
    assert.equal(sum, 42);
  });

  test('an empty stream', async t => {
    const connection = await connect(t, variant);
    const text = await upload(
      items => connection.invoke('ConcatUpload', items),
      items => items.complete(),
    );
    assert.equal(text, '');
  });

  test('plain arguments around a stream', async t => {
    const connection = await connect(t, variant);
    const text = await upload(
      items => connection.invoke('MixedUpload', '<', items, '>'),
      items => {
        items.next('a');
        items.next('b');
        items.complete();
      },
    );
    assert.equal(text, '<ab>');
  });

  test('a stream that fails on the client', async t => {
    const connection = await connect(t, variant);
    const drained = await upload(
      items => connection.invoke('DrainUpload', items),
      items => {
        items.next('a');
        items.error('out of paper');
      },
    );
    assert.match(drained, /^failed after a: .*out of paper/);
  });

  test('a stream up and a stream down at once', async t => {
    const connection = await connect(t, variant);
    const echoed = await upload(
      items => collect(connection.stream('EchoUpload', items)),
      items => {
        for (const word of ['x', 'y', 'z']) items.next(word);
        items.complete();
      },
    );
    assert.deepEqual(echoed, ['echo:x', 'echo:y', 'echo:z']);
  });
});
