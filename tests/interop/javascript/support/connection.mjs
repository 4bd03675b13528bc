// Connections of the official client, stopped when their test ends.

import signalR from '@microsoft/signalr';
import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';
import { HUB_URL } from './environment.mjs';

/**
 * A connection that is not started yet.
 * `origin` stands in for the server's, `configure(builder)` adds to the builder.
 */
export function build({ transport, protocol }, path = '/conformance', { origin = HUB_URL, configure = () => {}, ...http } = {}) {
  const builder = new signalR.HubConnectionBuilder()
    .withUrl(origin + path, { transport: signalR.HttpTransportType[transport], ...http })
    .configureLogging(signalR.LogLevel.None);
  if (protocol === 'messagepack') builder.withHubProtocol(new MessagePackHubProtocol());
  configure(builder);
  return builder.build();
}

/** A started connection, which `t`, the context of the test, stops in the end. */
export async function connect(t, variant, path, options) {
  const connection = build(variant, path, options);
  t.after(() => connection.stop());
  await connection.start();
  return connection;
}
