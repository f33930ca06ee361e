// Talks to the server: calls, the events it sends, and a queue of acts that survives being offline.

import { dropAct, keepAct, queued, recall, remember } from "./memory.js";

const LIMIT = 10_000;
const LONGEST_WAIT = 15_000;
const FIRST = 5_000; // ms until the first event: a proxy that keeps events back is as good as none
const SILENT = 40_000; // ms without a sign of life

function bearer() {
  const { session } = recall();
  return session ? { Authorization: `Bearer ${session}` } : {};
}

// Status 0 means that no answer came.
export async function call(path, body) {
  const post = { method: "POST", body: JSON.stringify(body) };
  try {
    const response = await fetch(`chat/api/${path}`, {
      ...(body ? post : {}),
      headers: bearer(),
      cache: "no-store",
      signal: AbortSignal.timeout(LIMIT),
    });
    return { status: response.status, data: await response.json() };
  } catch {
    return { status: 0, data: null };
  }
}

const mayPass = ({ status }) => status === 0 || status === 429 || status >= 500;

// Ends early when the browser is online again.
export const pause = (ms) =>
  new Promise((resolve) => {
    const signal = AbortSignal.timeout(ms);
    signal.addEventListener("abort", resolve);
    addEventListener("online", resolve, { once: true, signal });
  });

export const waits = (tries) => Math.min(LONGEST_WAIT, 500 * 2 ** tries) * (0.75 + Math.random() / 2);

export async function insist(path, body, delayed) {
  for (let tries = 0; ; ) {
    const reply = await call(path, body);
    if (!mayPass(reply)) return reply;
    delayed();
    await pause(waits(tries++));
  }
}

// Hears the server's events until they end, are cut off, or nobody looks any more.
export async function listen(heard) {
  const stop = new AbortController();
  const { signal } = stop;
  let watchdog;
  const expect = (ms) => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => stop.abort(), ms);
  };
  document.addEventListener("visibilitychange", () => stop.abort(), { signal });
  addEventListener("offline", () => stop.abort(), { signal });
  expect(FIRST);
  try {
    const { ok, body } = await fetch("chat/api/stream", { headers: bearer(), cache: "no-store", signal });
    const reader = ok && body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = ""; ok; ) {
      const { value, done } = await reader.read();
      if (done) break;
      expect(SILENT);
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      for (const line of lines) if (line.startsWith("event: ")) heard(line.slice(7));
    }
  } catch {
    // cut off
  }
  clearTimeout(watchdog);
  stop.abort();
}

export const newId = () =>
  btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(18)))).replace(/\W/g, "_");

// Returns the act's id. It keeps it until the server has taken the act, so sending it again is safe.
export function enqueue(act) {
  // Rooted in the clock, so that edits made in another browser still sort after earlier ones.
  const seq = Math.max((recall().seq ?? 0) + 1, Date.now());
  const id = newId();
  remember({ seq });
  keepAct({ client_msg_id: id, client_seq: seq, act });
  return id;
}

let flushing = false;

// Sends the queue in order. `settled(entry, reply)` hears of each act that the server took or refused.
export async function flush(settled, delayed) {
  if (flushing) return;
  flushing = true;
  for (let entry; (entry = queued()[0]); ) {
    const reply = await insist("act", entry, delayed);
    if (reply.status === 401) {
      settled(entry, reply);
      break;
    }
    dropAct(entry.client_msg_id);
    settled(entry, reply);
  }
  flushing = false;
}
