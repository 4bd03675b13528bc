// Starts nginx and HAProxy with the configurations of this folder, their addresses replaced.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { HUB_URL } from '../javascript/support/environment.mjs';

/** Around the part that goes into the http block. */
const nginxWith = (folder, block) => `
daemon off;
worker_processes 1;
pid ${folder}/pid;
error_log ${folder}/log;
events {}
http {
    access_log off;
    client_body_temp_path ${folder}/body;
    proxy_temp_path ${folder}/proxy;
    fastcgi_temp_path ${folder}/fastcgi;
    uwsgi_temp_path ${folder}/uwsgi;
    scgi_temp_path ${folder}/scgi;
    ${block}
}`;

const KINDS = {
  nginx: {
    config: 'nginx.conf',
    complete: nginxWith,
    command: (folder, config) => [process.env.NGINX ?? '/usr/sbin/nginx', '-e', `${folder}/log`, '-p', folder, '-c', config],
  },
  haproxy: {
    config: 'haproxy.cfg',
    complete: (_, config) => config,
    command: (_, config) => [process.env.HAPROXY ?? '/usr/sbin/haproxy', '-db', '-f', config],
  },
};

/** Starts the proxy, its configuration changed by `change`; `after` is given what ends it. Its origin. */
export async function startProxy(kind, after, change = (text) => text) {
  const { config, complete, command } = KINDS[kind];
  const folder = await mkdtemp(join(tmpdir(), `hub-${kind}-`));
  // nginx keeps bodies of requests there, as another user than root.
  await chmod(folder, 0o755);
  const port = await freePort();
  const text = change(await readFile(new URL(config, import.meta.url), 'utf8'))
    .replace('127.0.0.1:8080', `127.0.0.1:${port}`)
    .replace('127.0.0.1:5000', new URL(HUB_URL).host);
  const path = join(folder, config);
  await writeFile(path, complete(folder, text));
  const [program, ...args] = command(folder, path);
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(child, 'exit');
  after(async () => {
    child.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true, force: true });
  });
  await listens(port, child);
  return `http://127.0.0.1:${port}`;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

async function listens(port, child) {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (child.exitCode !== null) throw new Error(`the proxy ended with ${child.exitCode}`);
    const socket = connect(port, '127.0.0.1');
    const connected = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (connected) return;
    await pause(50);
  }
  throw new Error('the proxy does not listen');
}
