// Runs in the page, after the two scripts of the official client: what the tests use there.

"use strict";

globalThis.hub = {
  /** A connection that is not started yet; without a `transport` the client chooses. */
  build({ transport, protocol } = {}, url = "/conformance", configure = () => {}) {
    const options = transport ? { transport: signalR.HttpTransportType[transport] } : {};
    const builder = new signalR.HubConnectionBuilder().withUrl(url, options).configureLogging(signalR.LogLevel.None);
    if (protocol === "messagepack") builder.withHubProtocol(new signalR.protocols.msgpack.MessagePackHubProtocol());
    configure(builder);
    return builder.build();
  },

  /** A started connection; it ends with the page. */
  async connect(variant, url, configure) {
    const connection = hub.build(variant, url, configure);
    await connection.start();
    return connection;
  },

  /** The first argument of every call of the client method `name`, growing. */
  record(connection, name = "Message") {
    const heard = [];
    connection.on(name, (argument) => heard.push(argument));
    return heard;
  },

  /** The first argument of the next call of the client method `name`. */
  next(connection, name = "Message") {
    return new Promise((resolve) => connection.on(name, resolve));
  },

  /** All items of a stream. */
  collect(stream) {
    const items = [];
    return new Promise((complete, error) =>
      stream.subscribe({ next: (item) => items.push(item), complete: () => complete(items), error }),
    );
  },

  /** What a promise is rejected with, as text. */
  failure(promise) {
    return promise.then(
      () => "it did not fail",
      (error) => error.message,
    );
  },
};
