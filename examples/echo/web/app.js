// The page: a raw WebSocket panel, a hub panel, and the log that both write to.

const $ = (id) => document.getElementById(id);

/** The log keeps this many entries, and this many characters of each: the page may stay open for days. */
const MAX_LOG_ENTRIES = 500;
const MAX_ENTRY_CHARS = 2_000;

/** The reason travels in a control frame beside the two bytes of the code. [RFC 6455, section 5.5.1] */
const MAX_REASON_BYTES = 123;

// --- The log -----------------------------------------------------------------------------------

const ARROWS = { open: "●", sent: "↑", received: "↓", closing: "◌", closed: "○", result: "=", error: "!" };

/** Adds an entry; `source` is "socket" or "hub", `kind` a key of ARROWS. */
function log(source, kind, text) {
  const view = $("log");
  const followsEnd = view.scrollHeight - view.scrollTop - view.clientHeight < 40;

  const entry = document.createElement("li");
  entry.dataset.source = source;
  entry.dataset.kind = kind;
  const arrow = part("span", "arrow", ARROWS[kind]);
  arrow.ariaHidden = "true";
  entry.append(timeNow(), part("span", "source", source), arrow, part("span", "kind", kind), textPart(text));

  const entries = $("log-entries");
  entries.append(entry);
  while (entries.childElementCount > MAX_LOG_ENTRIES) entries.firstElementChild.remove();
  $("log-empty").hidden = true;
  if (followsEnd) view.scrollTop = view.scrollHeight;
}

function part(tag, className, text) {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

/** The text, with each record separator of the hub protocol as a visible sign. */
function textPart(text) {
  const element = part("span", "text", "");
  shorten(text).split("\u001e").forEach((record, index) => {
    if (index > 0) element.append(part("abbr", "separator", "RS"));
    element.append(record);
  });
  return element;
}

function timeNow() {
  const now = new Date();
  const two = (number) => String(number).padStart(2, "0");
  const clock = [now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join(":");
  const element = part("time", "time", `${clock}.${String(now.getMilliseconds()).padStart(3, "0")}`);
  element.dateTime = now.toISOString();
  return element;
}

function shorten(text) {
  if (text.length <= MAX_ENTRY_CHARS) return text;
  return `${text.slice(0, MAX_ENTRY_CHARS)}… (${text.length.toLocaleString("en")} characters)`;
}

$("log-clear").addEventListener("click", () => {
  $("log-entries").replaceChildren();
  $("log-empty").hidden = false;
});

$("log-frames").addEventListener("change", ({ target }) => {
  $("log").classList.toggle("without-frames", !target.checked);
});

// --- What both panels share --------------------------------------------------------------------

/** Shows a state as text and, by `data-state`, as colour. */
function showState(output, state, text) {
  output.dataset.state = state;
  output.textContent = text;
}

/** Runs `action` when the form is submitted, by button or by Enter. */
function onSubmit(formId, action) {
  $(formId).addEventListener("submit", (event) => {
    event.preventDefault();
    action();
  });
}

/**
 * Runs `update`, which enables and disables controls of `panel`. A focused button that becomes disabled
 * would swallow the keyboard, so the focus then moves to `next()`.
 */
function updateControls(panel, update, next) {
  const focused = document.activeElement;
  update();
  if (panel.contains(focused) && focused.disabled) next().focus();
}

/** The URL of `path` on the server that this page came from. */
function sameServer(path, protocol = location.protocol) {
  return `${protocol}//${location.host}${path}`;
}

// --- Raw WebSocket -----------------------------------------------------------------------------

/** The socket whose events count; null once it is closed. */
let socket = null;

const SOCKET_STATES = [
  ["connecting", "Connecting"],
  ["open", "Open"],
  ["closing", "Closing"],
  ["closed", "Closed"],
];

function showSocket() {
  const readyState = socket?.readyState ?? WebSocket.CLOSED;
  showState($("socket-state"), ...SOCKET_STATES[readyState]);
  updateControls(
    $("socket-panel"),
    () => {
      $("socket-connect").disabled = socket !== null;
      $("socket-url").readOnly = socket !== null;
      $("socket-send").disabled = readyState !== WebSocket.OPEN;
      $("socket-close").disabled = readyState !== WebSocket.OPEN;
    },
    () => (readyState <= WebSocket.OPEN ? $("socket-message") : $("socket-url")),
  );
}

function connectSocket() {
  const url = $("socket-url").value;
  try {
    socket = new WebSocket(url);
  } catch (error) {
    log("socket", "error", error.message);
    return;
  }
  socket.binaryType = "arraybuffer";
  socket.onopen = () => {
    log("socket", "open", `Connected to ${url}`);
    showSocket();
  };
  socket.onmessage = ({ data }) => log("socket", "received", describe(data));
  // The browser tells a page no more than that; the close event that follows has the code.
  socket.onerror = () => log("socket", "error", `The connection to ${url} failed.`);
  socket.onclose = ({ code, reason, wasClean }) => {
    log("socket", "closed", `code ${code}, reason "${reason}", ${wasClean ? "clean" : "not clean"}`);
    socket = null;
    showSocket();
  };
  showSocket();
}

function sendToSocket() {
  const text = $("socket-message").value;
  const data = $("socket-format").value === "binary" ? new TextEncoder().encode(text).buffer : text;
  socket.send(data);
  log("socket", "sent", describe(data));
  $("socket-message").select();
}

/** A text message as it is, a binary one as length and bytes. */
function describe(data) {
  if (typeof data === "string") return data;
  const shown = new Uint8Array(data, 0, Math.min(data.byteLength, 64));
  const hex = Array.from(shown, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return `[binary, ${data.byteLength} bytes] ${hex}${data.byteLength > shown.length ? " …" : ""}`;
}

function closeSocket() {
  const problem = closeProblem();
  $("socket-close-error").textContent = problem;
  if (problem) return;
  const code = Number($("socket-code").value);
  const reason = $("socket-reason").value;
  log("socket", "closing", `code ${code}, reason "${reason}"`);
  socket.close(code, reason);
  showSocket();
}

/** Why a page may not close with what the form says, or "". [WebSockets Standard, close(code, reason)] */
function closeProblem() {
  const code = Number($("socket-code").value);
  if (code !== 1000 && !(Number.isInteger(code) && code >= 3000 && code <= 4999)) {
    return "A page may close with code 1000, or 3000 to 4999.";
  }
  const bytes = new TextEncoder().encode($("socket-reason").value).length;
  return bytes > MAX_REASON_BYTES ? `A reason has at most ${MAX_REASON_BYTES} bytes; this one has ${bytes}.` : "";
}

// --- Echo hub ----------------------------------------------------------------------------------

/** The client script in use: the official bundle, or the module `hub-client.js`; the names are the same. */
let signalR;
/** The connection of the panel; null when there is none. */
let connection = null;

/** A WebSocket that writes every frame of the hub protocol to the log, for whichever client uses it. */
class LoggedWebSocket extends WebSocket {
  constructor(...args) {
    super(...args);
    this.addEventListener("message", ({ data }) => log("hub", "received", describe(data)));
  }

  send(data) {
    log("hub", "sent", describe(data));
    super.send(data);
  }
}

const HUB_STATES = { Connecting: "connecting", Connected: "open", Disconnecting: "closing", Disconnected: "closed" };

function showHub() {
  const state = connection?.state ?? "Disconnected";
  showState($("hub-state"), HUB_STATES[state] ?? "connecting", state);
  updateControls(
    $("hub-panel"),
    () => {
      $("hub-connect").disabled = !signalR || connection !== null;
      $("hub-url").readOnly = connection !== null;
      $("hub-disconnect").disabled = state !== "Connected";
      $("hub-call").disabled = state !== "Connected";
    },
    () => (state.startsWith("Connect") ? $("hub-message") : $("hub-url")),
  );
}

async function connectHub() {
  const url = $("hub-url").value;
  const starting = new signalR.HubConnectionBuilder().withUrl(url, { WebSocket: LoggedWebSocket }).build();
  connection = starting;
  starting.onclose((error) => {
    log("hub", error ? "error" : "closed", error ? error.message : "Disconnected");
    connection = null;
    showHub();
  });
  const started = starting.start();
  showHub();
  try {
    await started;
    log("hub", "open", `Connected to ${url} as ${starting.connectionId}`);
  } catch (error) {
    log("hub", "error", `Could not connect to ${url}: ${error.message}`);
    connection = null;
  }
  showHub();
}

async function disconnectHub() {
  const stopping = connection.stop();
  showHub();
  await stopping;
}

async function callEcho() {
  const begin = performance.now();
  try {
    const result = await connection.invoke("Echo", $("hub-message").value);
    const elapsed = `${(performance.now() - begin).toFixed(1)} ms`;
    showResult(JSON.stringify(result), elapsed);
    log("hub", "result", `Echo returned ${JSON.stringify(result)} after ${elapsed}`);
  } catch (error) {
    showResult(error.message, "–");
    log("hub", "error", `Echo failed: ${error.message}`);
  }
  $("hub-message").select();
}

function showResult(result, roundTrip) {
  $("hub-result").textContent = shorten(result);
  $("hub-round-trip").textContent = roundTrip;
}

const OFFICIAL_CLIENT = "/assets/signalr.js";
const OWN_CLIENT = "/assets/hub-client.js";

/** Loads the official bundle where the server has one, else our script; `?client=own` asks for ours. */
async function loadClient() {
  const wantsOwn = new URLSearchParams(location.search).get("client") === "own";
  if (!wantsOwn && (await loadScript(OFFICIAL_CLIENT))) {
    signalR = window.signalR;
    nameClient(OFFICIAL_CLIENT, `@microsoft/signalr ${signalR.VERSION}`, ", the official one.");
    offerClient("Use the sample's own", "?client=own");
    return;
  }
  signalR = await import(OWN_CLIENT);
  const note = wantsOwn ? ", this sample's own." : ", this sample's own; the official one is not installed.";
  nameClient(OWN_CLIENT, "hub-client.js", note);
  if (wantsOwn) offerClient("Try the official one", location.pathname);
}

/** Runs a classic script; resolves with false where the server has none. */
function loadScript(src) {
  return new Promise((resolve) => {
    const script = document.createElement("script");
    script.src = src;
    script.onload = () => resolve(true);
    script.onerror = () => resolve(false);
    document.head.append(script);
  });
}

/** Says which script is in use, with a link to its source. */
function nameClient(url, name, note) {
  $("hub-client").href = url;
  $("hub-client").textContent = name;
  $("hub-client-note").textContent = note;
}

function offerClient(text, url) {
  const link = $("hub-client-switch");
  link.textContent = text;
  link.href = url;
  link.hidden = false;
}

// --- Start -------------------------------------------------------------------------------------

$("socket-url").value = sameServer("/ws", location.protocol.replace("http", "ws"));
$("hub-url").value = sameServer("/echo");

onSubmit("socket-connect-form", connectSocket);
onSubmit("socket-send-form", sendToSocket);
onSubmit("socket-close-form", closeSocket);
onSubmit("hub-connect-form", connectHub);
onSubmit("hub-call-form", callEcho);
$("hub-disconnect").addEventListener("click", disconnectHub);

showSocket();
await loadClient();
showHub();
