// Connections of the old client, stopped when their test ends.

import signalR from "@aspnet/signalr";
import { MessagePackHubProtocol } from "@aspnet/signalr-protocol-msgpack";

import { HUB_URL } from "../javascript/support/environment.mjs";

/** A connection that is not started yet. */
export function build({ transport, protocol }, path = "/conformance", { origin = HUB_URL, ...http } = {}) {
  const builder = new signalR.HubConnectionBuilder()
    .withUrl(origin + path, { transport: signalR.HttpTransportType[transport], ...http })
    .configureLogging(signalR.LogLevel.None);
  if (protocol === "messagepack") builder.withHubProtocol(new MessagePackHubProtocol());
  return builder.build();
}

/** A started connection, which `t`, the context of the test, stops in the end. */
export async function connect(t, variant, path, options) {
  const connection = build(variant, path, options);
  t.after(() => connection.stop());
  await connection.start();
  return connection;
}
