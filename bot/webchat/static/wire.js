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

export const pause = (ms) =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    addEventListener("online", () => (clearTimeout(timer), resolve()), { once: true });
  });

export const waits = (tries) => Math.min(LONGEST_WAIT, 500 * 2 ** tries);

const newId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

// Every act keeps its id until the server has taken it, so sending it again is safe.
export function enqueue(act) {
  const { queue = [], seq = 0 } = recall();
  const next = Math.max(seq + 1, Date.now());
  const entry = { client_msg_id: newId(), client_seq: next, act };
  remember({ queue: [...queue, entry], seq: next });
  return entry;
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
