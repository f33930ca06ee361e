// What this browser keeps over a reload. Some embedded frames forbid storage: then until the page closes.

const KEY = "aftertouch.chat";
let held = null;

export function recall() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? held ?? {};
  } catch {
    return held ?? {};
  }
}

export function remember(change) {
  held = { ...recall(), ...change };
  try {
    localStorage.setItem(KEY, JSON.stringify(held));
  } catch {
    // held serves until the page closes
  }
}

export function forget() {
  held = null;
  try {
    localStorage.removeItem(KEY);
  } catch {
    // there was nothing
  }
}
