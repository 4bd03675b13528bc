// A TCP proxy before the server, to cut connections as a network does.

import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { HUB_URL } from './environment.mjs';

/**
 * Starts a proxy that `t` closes in the end: `origin` is its URL, `cut()` breaks all its connections,
 * `down()` new ones too, until `up()`.
 */
export async function proxy(t) {
  const { hostname, port } = new URL(HUB_URL);
  const sockets = new Set();
  let isDown = false;
  const server = createServer(near => {
    if (isDown) return near.destroy();
    const far = connect(Number(port), hostname);
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
  });
  const cut = () => sockets.forEach(socket => socket.destroy());
  const down = () => {
    isDown = true;
    cut();
  };
  const up = () => {
    isDown = false;
  };
  t.after(() => {
    server.close();
    cut();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { origin: `http://127.0.0.1:${server.address().port}`, cut, down, up };
}
