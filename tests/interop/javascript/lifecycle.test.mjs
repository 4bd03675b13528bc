// Start, stop, and what lies between when the network or the server ends it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import signalR from '@microsoft/signalr';
import { build, connect } from './support/connection.mjs';
import { proxy } from './support/proxy.mjs';
import { record } from './support/received.mjs';
import { journal, unique } from './support/server.mjs';
import { forEveryVariant } from './support/variants.mjs';

const { HubConnectionState } = signalR;

forEveryVariant('lifecycle', variant => {
  test('stop ends the connection on both sides', async t => {
    const key = unique('journal');
    const connection = await connect(t, variant, `/conformance?journal=${key}`);
    const closed = new Promise(resolve => connection.onclose(resolve));
    await connection.stop();
    assert.equal(await closed, undefined);
    assert.equal(connection.state, HubConnectionState.Disconnected);
    assert.deepEqual(await journal(key, 2), ['connected', 'disconnected']);
  });

  test('a connection can be started again', async t => {
    const connection = await connect(t, variant);
    const first = connection.connectionId;
    await connection.stop();
    await connection.start();
    assert.notEqual(connection.connectionId, first);
    assert.equal(await connection.invoke('Echo', 'again'), 'again');
  });

  test('calls that are waiting fail when the connection stops', async t => {
    const connection = await connect(t, variant);
    const waiting = connection.invoke('WaitForGate', unique('gate'));
    const failure = assert.rejects(waiting, /Invocation canceled|connection being closed/);
    await connection.stop();
    await failure;
  });

  test('the server can end a connection', async t => {
    const connection = await connect(t, variant);
    const closed = new Promise(resolve => connection.onclose(resolve));
    await connection.send('Abort');
    await closed;
    assert.equal(connection.state, HubConnectionState.Disconnected);
  });

  test('a connection that was cut comes back', async t => {
    const { origin, cut } = await proxy(t);
    const configure = builder => builder.withAutomaticReconnect([0, 100, 500]);
    const connection = await connect(t, variant, '/conformance', { origin, configure });
    const messages = record(connection);
    const first = connection.connectionId;
    const back = new Promise(resolve => connection.onreconnected(resolve));
    cut();
    const second = await back;
    assert.notEqual(second, first);
    assert.equal(await connection.invoke('ConnectionId'), second);
    await connection.invoke('SendBack', 'after the cut');
    assert.deepEqual(await messages.next(), ['after the cut']);
  });

  test('a hub that does not exist', async () => {
    const connection = build(variant, '/no-such-hub');
    await assert.rejects(connection.start(), /404/);
    assert.equal(connection.state, HubConnectionState.Disconnected);
  });
});
