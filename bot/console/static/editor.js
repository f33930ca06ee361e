// The editor of surveys: how many events match is told while somebody types, and who leaves with something unsaved is
// asked. Without this script buttons do the same.

const PATIENCE_MS = 600;

const form = document.querySelector("form.editor");
const matches = document.getElementById("matches");
let waiting = 0;
let asked = 0;
let isDirty = "unsaved" in form.dataset;

// The operators that suit what a field's values are; the chosen one stays.
const offer = fresh => {
  const old = form.elements.namedItem(fresh.name);
  const chosen = old?.value;
  if (![...fresh.options].some(each => each.value === chosen)) return;
  old.replaceChildren(...fresh.childNodes);
  old.value = chosen;
};

// What was typed into a condition and is no value of its field is told at its row.
const tell = page => {
  form.querySelectorAll(".row > .fault").forEach(each => each.remove());
  form.querySelectorAll(".row [aria-invalid]").forEach(each => each.removeAttribute("aria-invalid"));
  for (const fault of page.querySelectorAll("#editor .row > .fault")) {
    const input = document.getElementById(fault.id.slice("fault-".length));
    input?.setAttribute("aria-invalid", "true");
    input?.setAttribute("aria-describedby", fault.id);
    input?.closest(".row").append(fault);
  }
};

const count = async () => {
  const mine = ++asked;
  const body = new URLSearchParams(new FormData(form));
  body.set("do", "count");
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/html" } });
    if (!answer.ok || mine !== asked) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    matches.replaceChildren(...page.getElementById("matches").childNodes);
    document.getElementById("clashes").replaceChildren(...page.getElementById("clashes").childNodes);
    tell(page);
    for (const fresh of page.querySelectorAll("#editor datalist")) {
      document.getElementById(fresh.id)?.replaceChildren(...fresh.childNodes);
    }
    page.querySelectorAll("#editor [name$='.operator']").forEach(offer);
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
