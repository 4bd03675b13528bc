// HTTP proxies before the server, each of which breaks a transport in a way that real ones do.

import { once } from "node:events";
import { createServer, request as send } from "node:http";

import { HUB_URL } from "../javascript/support/environment.mjs";

/** What becomes of an upgrade; without an entry Node hands it to the request handler as a plain GET. */
const UPGRADES = {
  "refuses-upgrades": (socket) => socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
  "drops-upgrades": (socket) => socket.destroy(),
  "refuses-upgrades-and-event-streams": (socket) => socket.destroy(),
};

const HOP_BY_HOP = ["connection", "upgrade", "keep-alive", "transfer-encoding"];

/** Starts a proxy that does this `harm`, and that `t` closes in the end; its origin. */
export async function brokenProxy(t, harm) {
  const server = createServer((request, response) => {
    const wantsEvents = request.headers.accept?.includes("text/event-stream");
    if (wantsEvents && harm === "refuses-upgrades-and-event-streams") response.writeHead(502).end();
    else forward(request, response);
  });
  const upgrade = UPGRADES[harm];
  if (upgrade) server.on("upgrade", (_, socket) => upgrade(socket));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return `http://127.0.0.1:${server.address().port}`;
}

/** As a proxy does that knows nothing of upgrades: headers of the hop stay behind. */
function forward(request, response) {
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !HOP_BY_HOP.includes(name)));
  const onward = send(new URL(request.url, HUB_URL), { method: request.method, headers }, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    response.flushHeaders();
    answer.pipe(response);
  });
  onward.on("error", () => response.destroy());
  response.on("close", () => onward.destroy());
  request.pipe(onward);
}
