// Keys of the console: g and a letter to go to a page, / to the filters, j and k along a page's places, ? for the list.
// They rest while somebody types or holds a modifier, and can be switched off (WCAG 2.1.4). Without this script the
// pages do the same by Tab and Enter.
"use strict";

const OFF = "aftertouch.keys.off";
const LETTERS = { console: "m", inbox: "i", surveys: "s", people: "p", deliveries: "d" };
const PLACES = "main .card > h2 a, main .touchpoints a, main .queue > li, main tbody th a";
const PATIENCE_MS = 1_500;

const dialog = document.querySelector("dialog.shortcuts");
const toggle = dialog.querySelector("[data-keys-on]");
let going = 0;

const isOn = () => {
  try {
    return localStorage.getItem(OFF) === null;
  } catch {
    return true; // a browser that keeps nothing for us
  }
};

const remember = on => {
  try {
    if (on) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "1");
  } catch {
    // It holds until the page is left.
  }
};

// The pages that are there, each by a letter: its own, else the first of its name that is free.
const pages = () => {
  const found = new Map();
  for (const link of document.querySelectorAll('[data-live="pages"] a')) {
    const name = new URL(link.href).pathname.split("/").filter(Boolean).pop() ?? "";
    const letter = [LETTERS[name], ...name].find(each => each && !found.has(each));
    if (letter) found.set(letter, link);
  }
  return found;
};

// A Korean keyboard says ㅎ where a Latin one says g: the key's place tells then.
const letterOf = event => {
  if (/^[a-z/?]$/i.test(event.key)) return event.key.toLowerCase();
  if (event.code === "Slash") return event.shiftKey ? "?" : "/";
  return event.code.startsWith("Key") ? event.code.slice(3).toLowerCase() : "";
};

const isTyping = event =>
  event.isComposing || event.ctrlKey || event.metaKey || event.altKey || dialog.open ||
  event.target.closest?.("input, select, textarea, [contenteditable]");

const step = by => {
  const places = [...document.querySelectorAll(PLACES)].filter(place => place.checkVisibility());
  if (!places.length) return;
  const now = places.findIndex(place => place.contains(document.activeElement));
  const next = now < 0 ? (by > 0 ? 0 : places.length - 1) : Math.min(Math.max(now + by, 0), places.length - 1);
  if (!places[next].matches("a")) places[next].tabIndex = -1;
  places[next].focus();
};

const search = () => {
  const form = document.querySelector('[role="search"]');
  const folded = form?.querySelector("details");
  if (folded) folded.open = true;
  form?.querySelector("input:not([type=hidden]), select")?.focus();
};

const list = () => {
  const rows = [...pages()].map(([letter, link]) => {
    const row = document.createElement("div");
    const keys = document.createElement("dt");
    const what = document.createElement("dd");
    for (const key of ["g", letter]) keys.append(Object.assign(document.createElement("kbd"), { textContent: key }), " ");
    what.textContent = link.firstChild.textContent.trim();
    row.append(keys, what);
    return row;
  });
  dialog.querySelector("[data-keys-pages]").replaceChildren(...rows);
  toggle.checked = isOn();
  dialog.showModal();
};

const ACTS = { "/": search, "?": list, j: () => step(1), k: () => step(-1) };

document.addEventListener("keydown", event => {
  if (isTyping(event) || !isOn()) return;
  const letter = letterOf(event);
  const page = performance.now() - going < PATIENCE_MS && pages().get(letter);
  going = !page && letter === "g" ? performance.now() : 0;
  const act = page ? () => page.click() : ACTS[letter];
  if (!act) return;
  event.preventDefault();
  act();
});

toggle.addEventListener("change", () => remember(toggle.checked));
for (const button of document.querySelectorAll("[data-keys]")) {
  button.hidden = false;
  button.addEventListener("click", list);
}
