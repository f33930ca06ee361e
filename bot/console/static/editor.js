// The editor of surveys: how many events match is told while somebody types, and who leaves with something unsaved is
// asked. Without this script buttons do the same.
"use strict";

const PATIENCE_MS = 600;

const form = document.querySelector("form.editor");
const matches = document.getElementById("matches");
let waiting = 0;
let asked = 0;
let isDirty = document.querySelector("[role=alert]") !== null;

const count = async () => {
  const mine = ++asked;
  const body = new URLSearchParams(new FormData(form));
  body.set("do", "count");
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/html" } });
    if (!answer.ok || mine !== asked) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    matches.replaceChildren(...page.getElementById("matches").childNodes);
    for (const id of ["fields", "types"]) {
      document.getElementById(id).replaceChildren(...page.getElementById(id).childNodes);
    }
  } catch {
    // The number stays as it was; the button asks again.
  }
};

form.addEventListener("input", event => {
  isDirty = true;
  if (!event.target.name.startsWith("trigger.")) return;
  clearTimeout(waiting);
  waiting = setTimeout(count, PATIENCE_MS);
});
form.addEventListener("submit", () => { isDirty = false; });
window.addEventListener("beforeunload", event => {
  if (isDirty) event.preventDefault();
});
