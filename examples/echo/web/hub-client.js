// The hub protocol in one file: what a page needs to call a hub, with nothing but the browser.
//
// It answers to the same few names as the official client (`@microsoft/signalr`), so a page can use
// either. It speaks JSON over a WebSocket and leaves out what this does not need: other transports,
// MessagePack, streams, reconnecting, redirected negotiation.
//
// The marks in brackets name the section of the public specifications that a step follows:
// [Hub ...] is HubProtocol.md, [Transport ...] is TransportProtocols.md, both in the folder
// src/SignalR/docs/specs of the repository dotnet/aspnetcore.

/** Ends every JSON record, so that one WebSocket message may carry several. [Hub: JSON Encoding] */
const RECORD_SEPARATOR = "\u001e";

/** A server that leaves the first request unanswered for this long, in milliseconds, counts as absent. */
const NEGOTIATE_TIMEOUT = 100_000;

/** The wire's `type` numbers. [Hub: JSON Encoding] */
const MessageType = { Invocation: 1, Completion: 3, Ping: 6, Close: 7 };
const PING = { type: MessageType.Ping };

export const HubConnectionState = {
  Disconnected: "Disconnected",
  Connecting: "Connecting",
  Connected: "Connected",
};

export class HubConnectionBuilder {
  #url;
  #options = {};

  /** `options.WebSocket` replaces the browser's class, for instance to watch what is sent. */
  withUrl(url, options = {}) {
    this.#url = url;
    this.#options = options;
    return this;
  }

  build() {
    return new HubConnection(this.#url, this.#options);
  }
}

export class HubConnection {
  /** The server's name for this connection; other clients may know it. */
  connectionId = null;
  state = HubConnectionState.Disconnected;

  /** Silence from the server for this long, in milliseconds, ends the connection. */
  serverTimeoutInMilliseconds = 30_000;
  /** After sending nothing for this long, in milliseconds, the client sends a ping. */
  keepAliveIntervalInMilliseconds = 15_000;

  #url;
  #WebSocket;
  #socket = null;
  /** `{ resolve, reject }` of the running `start()`, until the server has answered the handshake. */
  #starting = null;
  #handlers = new Map();
  #closeCallbacks = [];
  /** `{ resolve, reject }` of each call that awaits its completion, by invocation id. */
  #calls = new Map();
  #nextInvocationId = 0;
  #pingTimer;
  #serverTimer;
  #lastSent = 0;

  constructor(url, options) {
    this.#url = new URL(url, location.href);
    this.#WebSocket = options.WebSocket ?? WebSocket;
  }

  /** Resolves once the server has accepted the handshake; rejects if it cannot be reached or refuses. */
  start() {
    if (this.state !== HubConnectionState.Disconnected) {
      return Promise.reject(new Error("Cannot start a connection that is not in the 'Disconnected' state."));
    }
    this.state = HubConnectionState.Connecting;
    const started = new Promise((resolve, reject) => (this.#starting = { resolve, reject }));
    const attempt = this.#starting;
    this.#negotiate()
      .then((token) => {
        // stop() may have been called meanwhile, and even another start().
        if (this.#starting === attempt) this.#openSocket(token);
      })
      .catch((error) => {
        if (this.#starting === attempt) this.#finish(error);
      });
    return started;
  }

  /** Ends the connection politely; calls without an answer are rejected. */
  async stop() {
    if (this.state === HubConnectionState.Connected) {
      this.#send({ type: MessageType.Close }); // [Hub: Close Message Encoding]
    }
    this.#finish();
  }

  /** Calls `handler(...args)` whenever the server invokes `target`; names are compared without case. */
  on(target, handler) {
    const name = target.toLowerCase();
    this.#handlers.set(name, [...(this.#handlers.get(name) ?? []), handler]);
  }

  /** `callback(error)` runs when an established connection has ended; no error means as intended. */
  onclose(callback) {
    this.#closeCallbacks.push(callback);
  }

  /** Calls a hub method and resolves with its result, or rejects with the error it answered. */
  invoke(target, ...args) {
    if (this.state !== HubConnectionState.Connected) {
      return Promise.reject(new Error("Cannot send data if the connection is not in the 'Connected' State."));
    }
    // The caller chooses the id and the completion repeats it, so calls may overlap. [Hub: Invocations]
    const invocationId = String(this.#nextInvocationId++);
    const result = new Promise((resolve, reject) => this.#calls.set(invocationId, { resolve, reject }));
    this.#send({ type: MessageType.Invocation, invocationId, target, arguments: args });
    return result;
  }

  /** Asks for a connection and returns its token, which is secret. [Transport: POST negotiate, Version 1] */
  async #negotiate() {
    const url = new URL(this.#url);
    url.pathname = url.pathname.replace(/\/?$/, "/negotiate");
    url.searchParams.set("negotiateVersion", "1");
    const response = await fetch(url, { method: "POST", signal: AbortSignal.timeout(NEGOTIATE_TIMEOUT) });
    if (response.status !== 200) {
      throw new Error(`Unexpected status code returned from negotiate '${response.status}'.`);
    }
    const answer = await response.json();
    if (answer.error) throw new Error(answer.error);
    if (!answer.availableTransports?.some((entry) => entry.transport === "WebSockets")) {
      throw new Error("The server offers no WebSockets transport, and this client knows no other.");
    }
    this.connectionId = answer.connectionId;
    // A version 0 server has one id for both purposes. [Transport: Version 0]
    return answer.connectionToken ?? answer.connectionId;
  }

  /** [Transport: WebSockets] */
  #openSocket(token) {
    const url = new URL(this.#url);
    url.protocol = url.protocol.replace("http", "ws");
    url.searchParams.set("id", token);
    const socket = new this.#WebSocket(url.href);
    this.#socket = socket;
    socket.onopen = () => {
      // Always JSON, and before anything else. [Hub: Overview]
      this.#write({ protocol: "json", version: 1 });
      this.#armServerTimeout();
    };
    socket.onmessage = ({ data }) => {
      try {
        this.#receive(data);
      } catch (error) {
        this.#finish(error);
      }
    };
    socket.onclose = ({ code, reason, wasClean }) => {
      const asIntended = wasClean && code === 1000 && this.state === HubConnectionState.Connected;
      const detail = reason || "no reason given";
      this.#finish(asIntended ? undefined : new Error(`WebSocket closed with status code: ${code} (${detail}).`));
    };
  }

  #receive(data) {
    if (typeof data !== "string" || !data.endsWith(RECORD_SEPARATOR)) {
      throw new Error("Message is incomplete.");
    }
    this.#armServerTimeout();
    for (const record of data.slice(0, -1).split(RECORD_SEPARATOR)) {
      const message = JSON.parse(record);
      if (this.#starting) this.#onHandshakeResponse(message);
      else if (this.state === HubConnectionState.Connected) this.#onMessage(message);
    }
    // A browser slows the timers of a hidden page, so the server's pings serve as a second clock.
    const silentFor = performance.now() - this.#lastSent;
    if (this.state === HubConnectionState.Connected && silentFor > this.keepAliveIntervalInMilliseconds) {
      this.#send(PING);
    }
  }

  /** The server's first record; empty but for an error. [Hub: Overview] */
  #onHandshakeResponse({ error, type }) {
    if (error) throw new Error(`Server returned handshake error: ${error}`);
    if (type !== undefined) throw new Error("Expected a handshake response from the server.");
    this.state = HubConnectionState.Connected;
    this.#starting.resolve();
    this.#starting = null;
    // The first ping makes the server watch that this client stays alive.
    this.#send(PING);
  }

  #onMessage(message) {
    switch (message.type) {
      case MessageType.Invocation:
        this.#onInvocation(message);
        break;
      case MessageType.Completion:
        this.#onCompletion(message);
        break;
      case MessageType.Close: {
        const { error } = message;
        this.#finish(error ? new Error(`Server returned an error on close: ${error}`) : undefined);
        break;
      }
      // A ping has done its work by arriving, and unknown types are left to newer clients.
    }
  }

  /** The server calls the page; with an invocation id it awaits a completion. [Hub: Invocations] */
  async #onInvocation({ invocationId, target, arguments: args }) {
    const socket = this.#socket;
    let answer = { error: "Client didn't provide a result." };
    for (const handler of this.#handlers.get(String(target).toLowerCase()) ?? []) {
      try {
        const result = await handler(...args);
        if (result !== undefined) answer = { result }; // A result or an error, never both. [Hub: Errors]
      } catch (error) {
        console.error(`The handler of '${target}' failed.`, error);
      }
    }
    if (invocationId && this.#socket === socket) {
      this.#send({ type: MessageType.Completion, invocationId, ...answer });
    }
  }

  /** Settles the call with that id; ids of nobody are ignored. [Hub: Completion and results] */
  #onCompletion({ invocationId, error, result }) {
    const call = this.#calls.get(invocationId);
    this.#calls.delete(invocationId);
    if (error) call?.reject(new Error(error));
    else call?.resolve(result);
  }

  /** Every message postpones the next ping. [Hub: Ping (aka "Keep Alive")] */
  #send(message) {
    this.#write(message);
    this.#lastSent = performance.now();
    clearTimeout(this.#pingTimer);
    this.#pingTimer = setTimeout(() => this.#send(PING), this.keepAliveIntervalInMilliseconds);
  }

  #write(record) {
    this.#socket.send(JSON.stringify(record) + RECORD_SEPARATOR);
  }

  #armServerTimeout() {
    clearTimeout(this.#serverTimer);
    const silence = new Error("Server timeout elapsed without receiving a message from the server.");
    this.#serverTimer = setTimeout(() => this.#finish(silence), this.serverTimeoutInMilliseconds);
  }

  /** The one way out, whoever ends the connection and in whatever state: everything pending is settled. */
  #finish(error) {
    if (this.state === HubConnectionState.Disconnected) return;
    const wasConnected = this.state === HubConnectionState.Connected;
    this.state = HubConnectionState.Disconnected;
    this.connectionId = null;
    clearTimeout(this.#pingTimer);
    clearTimeout(this.#serverTimer);
    if (this.#socket) {
      this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
      this.#socket.close();
      this.#socket = null;
    }
    this.#starting?.reject(error ?? new Error("The connection was stopped during negotiation."));
    this.#starting = null;
    for (const call of this.#calls.values()) {
      call.reject(error ?? new Error("Invocation canceled due to the underlying connection being closed."));
    }
    this.#calls.clear();
    if (wasConnected) for (const callback of this.#closeCallbacks) callback(error);
  }
}
