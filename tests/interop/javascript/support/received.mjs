// What a server calls on a client, in order, to be waited for.

import { once, EventEmitter } from 'node:events';

const PATIENCE = 20_000;

/** Records the calls of the client method `name`: `received.next()` is the arguments of the next one. */
export function record(connection, name = 'Message') {
  const received = new Received(name);
  connection.on(name, (...args) => received.add(args));
  return received;
}

class Received {
  #name;
  #waiting = [];
  #arrival = new EventEmitter();

  constructor(name) {
    this.#name = name;
  }

  add(args) {
    this.#waiting.push(args);
    this.#arrival.emit('call');
  }

  /** The arguments of the earliest call not seen yet; fails when none comes. */
  async next() {
    if (!this.#waiting.length)
      await once(this.#arrival, 'call', { signal: AbortSignal.timeout(PATIENCE) }).catch(() => {
        throw new Error(`the server did not call ${this.#name}`);
      });
    return this.#waiting.shift();
  }

  /** The first argument of each of the next `count` calls. */
  async take(count) {
    const first = [];
    while (first.length < count) first.push((await this.next())[0]);
    return first;
  }

  /** The calls that have arrived and were not asked for. */
  get unseen() {
    return this.#waiting.map(([first]) => first);
  }
}
