// Talks to the server: one request at a time per purpose, and a queue of acts that survives being offline.

import { recall, remember } from "./memory.js";

const LIMIT = 10_000;
const LONGEST_WAIT = 15_000;

// Status 0 means that no answer came.
export async function call(path, body) {
  const { session } = recall();
  const headers = { "Content-Type": "application/json" };
  if (session) headers.Authorization = `Bearer ${session}`;
  const post = { method: "POST", headers, body: JSON.stringify(body) };
  try {
    const response = await fetch(`chat/api/${path}`, {
      ...(body ? post : {}),
      cache: "no-store",
      signal: AbortSignal.timeout(LIMIT),
    });
    return { status: response.status, data: await response.json() };
  } catch {
    return { status: 0, data: null };
  }
}

export const mayPass = ({ status }) => status === 0 || status === 429 || status >= 500;

// Ends early when the browser is online again.
export const pause = (ms) =>
  new Promise((resolve) => {
    const signal = AbortSignal.timeout(ms);
    signal.addEventListener("abort", resolve);
    addEventListener("online", resolve, { once: true, signal });
  });

export const waits = (tries) => Math.min(LONGEST_WAIT, 500 * 2 ** tries);

const newId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

// Returns the act's id. It keeps it until the server has taken the act, so sending it again is safe.
export function enqueue(act) {
  const { queue = [], seq = 0 } = recall();
  const id = newId();
  // Rooted in the clock, so that edits made in another browser still sort after earlier ones.
  const next = Math.max(seq + 1, Date.now());
  remember({ queue: [...queue, { client_msg_id: id, client_seq: next, act }], seq: next });
  return id;
}

export const queued = () => recall().queue ?? [];

let flushing = false;

// Sends the queue in order. `settled(entry, reply)` hears of each act that the server took or refused.
export async function flush(settled, delayed) {
  if (flushing) return;
  flushing = true;
  try {
    for (let tries = 0; queued().length; ) {
      const entry = queued()[0];
      const reply = await call("act", entry);
      if (mayPass(reply)) {
        delayed();
        await pause(waits(tries++));
        continue;
      }
      tries = 0;
      remember({ queue: queued().filter((other) => other.client_msg_id !== entry.client_msg_id) });
      settled(entry, reply);
      if (reply.status === 401) return;
    }
  } finally {
    flushing = false;
  }
}
