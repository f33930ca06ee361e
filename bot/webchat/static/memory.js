// What this browser keeps over a reload. A frame that may not store anything keeps it until the page closes.

const OURS = "aftertouch.";
const ME = `${OURS}me`;
const ACT = `${OURS}act.`;
let disk = {};

try {
  localStorage.removeItem(OURS);
  disk = localStorage;
} catch {
  // an object serves
}

function put(key, value) {
  const text = JSON.stringify(value);
  try {
    disk[key] = text;
  } catch {
    disk = { ...disk, [key]: text }; // it is full
  }
}

const get = (key) => JSON.parse(disk[key] ?? "{}");
const keys = (start) => Object.keys(disk).filter((key) => key.startsWith(start));

export const recall = () => get(ME);

export function remember(change) {
  put(ME, { ...recall(), ...change });
}

export function forget() {
  for (const key of keys(OURS)) delete disk[key];
}

// Each act has a place of its own, so that two tabs never write over each other's.
export function keepAct(entry) {
  put(ACT + entry.client_msg_id, entry);
}

export function dropAct(id) {
  delete disk[ACT + id];
}

export const queued = () => keys(ACT).map(get).sort((one, other) => one.client_seq - other.client_seq);

// Another tab sent what it had, or entered as somebody else.
export function onElsewhere(heard) {
  const { session } = recall();
  addEventListener("storage", () => (recall().session === session ? heard() : location.reload()));
}
