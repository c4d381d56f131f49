/** The gateway connection: identify, heartbeat, resume, and reconnect with growing pauses. */

const OP = { DISPATCH: 0, HEARTBEAT: 1, IDENTIFY: 2, RESUME: 6, RECONNECT: 7, INVALID_SESSION: 9, HELLO: 10, ACK: 11 };

/** Close codes after which trying again is useless (https://discord.com/developers/docs/topics/opcodes-and-status-codes). */
const FATAL_CLOSES = new Set([4004, 4010, 4011, 4012, 4013, 4014]);
/** Close codes that end the session, so that the next connection must identify. */
const SESSION_ENDS = new Set([1000, 1001, 4007, 4009]);
const LONGEST_PAUSE_MS = 15_000;

/** Every intent, privileged ones included: a person's client sees all that the person may see. */
const INTENTS = 53_608_447;

/** The address to resume at, by the name under which this page was opened: its policy allows no other. */
function ownSocket(url) {
  if (!url) return null;
  const address = new URL(url);
  address.host = location.host;
  return address.href;
}

/**
 * Keeps one gateway session alive until `stop()`.
 *
 * `onDispatch(type, data)` gets every event in order; `onState(state)` gets "connecting", "ready" or "failed".
 */
export class Gateway {
  constructor(url, token, { onDispatch, onState }) {
    this.url = url;
    this.token = token;
    this.onDispatch = onDispatch;
    this.onState = onState;
    this.sessionId = null;
    this.resumeUrl = null;
    this.sequence = null;
    this.failures = 0;
    this.stopped = false;
    this.wake = () => this.hurry();
    addEventListener("online", this.wake);
    document.addEventListener("visibilitychange", this.wake);
  }

  connect() {
    this.onState("connecting");
    const base = (this.sessionId && this.resumeUrl) || this.url;
    const socket = new WebSocket(`${base.replace(/[/?]+$/, "")}${base.includes("?") ? "&" : "?"}v=10&encoding=json`);
    this.socket = socket;
    socket.onmessage = (event) => this.socket === socket && this.receive(JSON.parse(event.data));
    socket.onclose = (event) => this.socket === socket && this.closed(event.code);
  }

  stop() {
    this.stopped = true;
    removeEventListener("online", this.wake);
    document.removeEventListener("visibilitychange", this.wake);
    this.drop(1000);
  }

  send(op, d) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ op, d }));
  }

  receive({ op, d, s, t }) {
    if (s != null) this.sequence = s;
    if (op === OP.DISPATCH) this.dispatch(t, d);
    else if (op === OP.HELLO) this.greet(d.heartbeat_interval);
    else if (op === OP.ACK) this.acknowledged = true;
    else if (op === OP.HEARTBEAT) this.beat();
    else if (op === OP.RECONNECT) this.again();
    else if (op === OP.INVALID_SESSION) {
      if (!d) this.forget();
      this.again();
    }
  }

  dispatch(type, data) {
    if (type === "READY") {
      this.sessionId = data.session_id;
      this.resumeUrl = ownSocket(data.resume_gateway_url);
    }
    this.onDispatch(type, data);
    if (type === "READY" || type === "RESUMED") {
      this.failures = 0;
      this.onState("ready");
    }
  }

  greet(intervalMs) {
    this.acknowledged = true;
    const tick = () => {
      if (!this.acknowledged) return this.again();
      this.acknowledged = false;
      this.beat();
      this.heartbeat = setTimeout(tick, intervalMs);
    };
    this.heartbeat = setTimeout(tick, intervalMs * Math.random());
    if (this.sessionId) {
      this.send(OP.RESUME, { token: this.token, session_id: this.sessionId, seq: this.sequence });
    } else {
      const properties = { os: "web", browser: "localcord page", device: "localcord page" };
      this.send(OP.IDENTIFY, { token: this.token, intents: INTENTS, properties });
    }
  }

  beat() {
    this.send(OP.HEARTBEAT, this.sequence);
  }

  forget() {
    this.sessionId = this.resumeUrl = this.sequence = null;
  }

  /** Leaves the connection at once; code 4000 keeps the session for a resume. */
  drop(code) {
    clearTimeout(this.heartbeat);
    clearTimeout(this.retry);
    const socket = this.socket;
    this.socket = null;
    socket?.close(code);
  }

  again() {
    this.drop(4000);
    this.schedule();
  }

  closed(code) {
    clearTimeout(this.heartbeat);
    if (SESSION_ENDS.has(code)) this.forget();
    if (FATAL_CLOSES.has(code)) {
      this.stopped = true;
      this.onState("failed");
      return;
    }
    this.schedule();
  }

  schedule() {
    if (this.stopped) return;
    this.onState("connecting");
    const pauseMs = Math.min(LONGEST_PAUSE_MS, 250 * 2 ** this.failures) * (0.5 + Math.random());
    this.failures += 1;
    this.retry = setTimeout(() => this.connect(), pauseMs);
  }

  /** The network or the tab came back: does not wait out the rest of a pause. */
  hurry() {
    if (this.stopped || document.hidden || (this.socket?.readyState ?? WebSocket.CLOSED) <= WebSocket.OPEN) return;
    clearTimeout(this.retry);
    this.connect();
  }
}
