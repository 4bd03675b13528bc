// The helper endpoints of the conformance server, and names that no other test uses.

import { randomUUID } from 'node:crypto';
import { HUB_URL } from './environment.mjs';

async function ask(method, path) {
  const answer = await fetch(HUB_URL + path, { method });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status}`);
  return answer.text();
}

/** `name` with something that makes it unique, also between runs against one server. */
export const unique = name => `${name}-${randomUUID()}`;

/** Lets everything go on that waits for this gate, now or later. */
export const openGate = name => ask('POST', `/gate/${name}`);

/** The first `count` entries that connections with `?journal=key` have left. */
export const journal = async (key, count) => JSON.parse(await ask('GET', `/journal?key=${key}&count=${count}&wait=20000`));

/** A token of this user, for `accessTokenFactory`. */
export const tokenOf = user => ask('GET', `/token?user=${user}`);

/** Client results from outside any hub: the answer of the connection to `Ask(question)`. */
export const askFromOutside = (id, question) => ask('GET', `/ask/${id}?question=${encodeURIComponent(question)}`);

/** `Message(text)` to everybody in a group, from outside any hub. */
export const sendToGroupFromOutside = (group, text) => ask('POST', `/context/group/${group}?text=${encodeURIComponent(text)}`);
