// Everything around the messages: the header, its menu, the status line and the full-page notices.

import { make } from "./bubbles.js";
import { strings } from "./strings.js";

const TOAST = 4_000;

export const $ = (id) => document.getElementById(id);
export const isDemo = "demo" in document.body.dataset;
export let language = document.documentElement.lang;
export let say = strings(language);

// `act(label, command)` says a command aloud; `leave()` goes back to the demo's door.
export function speak(code, act, leave) {
  language = code;
  say = strings(code);
  const name = document.body.dataset[code] ?? "";
  document.documentElement.lang = code;
  document.title = $("company").textContent = name;
  $("mark").textContent = [...name][0] ?? "";
  $("tagline").textContent = say.tagline;
  $("log").setAttribute("aria-label", say.log);
  $("send").setAttribute("aria-label", say.send);
  $("text").setAttribute("aria-label", say.type);
  document.querySelector("summary").setAttribute("aria-label", say.menu);
  fillMenu(code === "ko" ? "en" : "ko", act, leave);
}

function fillMenu(other, act, leave) {
  const item = (label, choose, lang) => {
    const onclick = () => {
      $("menu").open = false;
      choose();
    };
    return make("li", {}, make("button", { type: "button", textContent: label, lang, onclick }));
  };
  const command = (label, name, lang) => item(label, () => act(label, name), lang);
  document.querySelector("#menu ul").replaceChildren(
    command(say.help, "help"),
    command(say.privacy, "privacy"),
    command(say.switch, `lang ${other}`, other),
    command(say.stop, "stop"),
    ...(isDemo ? [item(say.leave, leave)] : []),
  );
}

export function notice([title, text], ...more) {
  const picture = make("img", { src: new URL("icon.svg", import.meta.url), alt: "" });
  $("notice").replaceChildren(picture, make("h2", { textContent: title }), make("p", { textContent: text }), ...more);
  $("notice").hidden = false;
}

export function noNotice() {
  $("notice").hidden = true;
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

document.addEventListener("click", (event) => {
  if (!$("menu").contains(event.target)) $("menu").open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !$("menu").open) return;
  $("menu").open = false;
  document.querySelector("summary").focus();
});
