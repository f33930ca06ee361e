// Everything around the messages: the header, its menu, the status line, the full-page notices, the page around us.

import { make } from "./bubbles.js";
import { call } from "./wire.js";

const TOAST = 4_000;

export const $ = (id) => document.getElementById(id);
export const say = document.body.dataset; // every sentence of the page, in the language it is in
export const ways = {}; // how else a visitor may enter; only the demo knows one

const embedded = parent !== window && new URLSearchParams(location.search).get("embed");

// `act(label, command)` says a command aloud.
export function speak(act) {
  document.documentElement.lang = say.code;
  document.title = `${say.company} · ${say.title}`;
  $("company").textContent = say.company;
  $("mark").textContent = [...say.company][0] ?? "";
  $("lang").textContent = say.nextname;
  $("lang").lang = say.next;
  $("tagline").textContent = say.tagline;
  for (const node of document.querySelectorAll("[data-label]")) node.ariaLabel = say[node.dataset.label];
  const item = (name) => {
    const onclick = () => {
      $("menu").open = false;
      act(say[name], name);
    };
    return make("li", {}, make("button", { type: "button", textContent: say[name], onclick }));
  };
  $("items").replaceChildren(item("help"), item("privacy"), item("stop"));
}

export async function learn(code) {
  const { status: found, data } = await call(`say/${code}`);
  if (found === 200) Object.assign(say, data);
}

// Sentences are named, so that the notice can be drawn anew in another language.
let shown = [];

export async function notice(name, ...more) {
  if (!say[name]) await learn(say.code); // what few customers ever read does not come with the page
  shown = [name, ...more];
  const part = (tag, text) => text && make(tag, { textContent: text });
  const parts = [part("h2", say[name]), part("p", say[`${name}text`]), ...more];
  $("notice").replaceChildren(...parts.filter(Boolean));
  $("notice").hidden = false;
}

export function noNotice() {
  $("notice").hidden = true;
}

export function redrawNotice() {
  if (!$("notice").hidden) notice(...shown);
}

let fading = 0;

export function status(text = "", kind = "") {
  clearTimeout(fading);
  $("status").textContent = text;
  $("status").className = kind;
}

export const saysOffline = () => $("status").className === "offline";

export function toast(text) {
  status(text, "toast");
  fading = setTimeout(status, TOAST);
}

// --- the page that we are embedded in by embed.js

let open = !embedded;

// Messages that nobody sees are not pulled: pulling counts as having been shown them.
export const inSight = () => open && !document.hidden;

export function tell(word, more) {
  if (embedded) parent.postMessage({ aftertouch: word, ...more }, "*");
}

export function tellHeight() {
  const height = (tag) => document.querySelector(tag).scrollHeight;
  if (embedded === "inline") tell("height", { height: height("header") + height("main") + height("footer") });
}

export function onHost(heard) {
  $("close").hidden = embedded !== "panel";
  addEventListener("message", ({ source, data }) => {
    if (!embedded || source !== parent || !data?.aftertouch) return;
    open = { show: true, hide: false }[data.aftertouch] ?? open;
    heard(data);
  });
  tell("ready");
}

$("close").addEventListener("click", () => tell("close"));
document.addEventListener("click", (event) => {
  if (!$("menu").contains(event.target)) $("menu").open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  if (!$("menu").open) return tell("close");
  $("menu").open = false;
  document.querySelector("summary").focus();
});
