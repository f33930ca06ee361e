// The conversation: opens or resumes a session, keeps the log in step with the server, sends what the customer does.

import { draw, make, newBubble } from "./bubbles.js";
import { forget, recall, remember } from "./memory.js";
import { strings } from "./strings.js";
import { call, enqueue, flush, mayPass, pause, queued, waits } from "./wire.js";

const FAST = 2_000;
const IDLE = 15_000;
const KEPT_WORDS = 30;

const $ = (id) => document.getElementById(id);
const main = document.querySelector("main");
const company = document.body.dataset;
const chosen = new Map(); // button token -> the value tapped last
let language = document.documentElement.lang;
let say = strings(language);
let bubbles = [];
let live = false;
let pace = FAST;
let timer;
let pulling = false;
let pullAgain = false;

// --- what is around the messages

function speak(code) {
  language = code;
  say = strings(code);
  document.documentElement.lang = code;
  document.title = $("company").textContent = company[code] ?? company.en;
  $("mark").textContent = [...$("company").textContent][0] ?? "";
  $("tagline").textContent = say.tagline;
  $("log").setAttribute("aria-label", say.log);
  $("send").setAttribute("aria-label", say.send);
  document.querySelector("summary").setAttribute("aria-label", say.menu);
  fillMenu();
}

function fillMenu() {
  const other = language === "ko" ? "en" : "ko";
  const item = (label, onclick, lang) =>
    make("li", {}, make("button", { type: "button", textContent: label, lang, onclick: () => (($("menu").open = false), onclick()) }));
  const command = (label, name, lang) => item(label, () => words(label, { command: name }), lang);
  document.querySelector("#menu ul").replaceChildren(
    command(say.help, "help"),
    command(say.privacy, "privacy"),
    command(say.switch, `lang ${other}`, other),
    command(say.stop, "stop"),
    ...("demo" in company ? [item(say.leave, () => (forget(), location.reload()))] : []),
  );
}

function notice([title, text] = [], ...more) {
  $("notice").hidden = !title;
  if (!title) return;
  const picture = make("img", { src: new URL("icon.svg", import.meta.url), alt: "" });
  $("notice").replaceChildren(picture, make("h2", { textContent: title }), make("p", { textContent: text }), ...more);
}

function status(text = "", kind = "") {
  $("status").textContent = text;
  $("status").className = kind;
}

function offline() {
  status(queued().length ? say.resending : say.reconnecting, "offline");
}

function toast(text) {
  status(text, "toast");
  setTimeout(() => $("status").textContent === text && status(), 4_000);
}

// --- the log

function show() {
  const { said = [] } = recall();
  const atEnd = main.scrollHeight - main.scrollTop - main.clientHeight < 80;
  const waiting = new Set(queued().map((entry) => entry.client_msg_id));
  const wanted = [...said.filter((word) => !word.after).map((word) => own(word, waiting))];
  let changed = false;
  for (const bubble of bubbles) {
    const node = $(`m-${bubble.id}`) ?? newBubble(bubble.id);
    changed = draw(node, bubble, manner(bubble.prompt)) || changed;
    wanted.push(node, ...said.filter((word) => word.after === bubble.id).map((word) => own(word, waiting)));
  }
  changed = arrange(wanted) || changed;
  afterword();
  if (changed && atEnd) main.scrollTo({ top: main.scrollHeight });
  return changed;
}

function manner({ token }) {
  return {
    chosen: chosen.get(token),
    sending: queued().some(({ act }) => act.tap && act.tap.token === token),
    keys: say.keys,
    tap: (value) => tap(token, value),
  };
}

function own({ id, text }, waiting) {
  const node = $(`m-${id}`) ?? make("p", { className: "own", id: `m-${id}`, textContent: text, lang: language });
  node.classList.toggle("sending", waiting.has(id));
  return node;
}

// Moves only what is out of place: a moved node would lose its focus.
function arrange(wanted) {
  const log = $("log");
  let changed = false;
  wanted.forEach((node, index) => {
    if (log.children[index] === node) return;
    log.insertBefore(node, log.children[index] ?? null);
    changed = true;
  });
  while (log.children.length > wanted.length) log.lastChild.remove();
  return changed;
}

function afterword() {
  const last = bubbles.at(-1)?.prompt;
  notice(bubbles.length ? [] : say.idle);
  $("log").classList.toggle("done", ["thanks", "closed"].includes(last?.kind));
  $("log").dataset.done = say.done;
  $("text").placeholder = last?.typing ? say.typeReason : say.type;
}

// --- doing

function tap(token, value) {
  if (queued().some(({ act }) => act.tap?.token === token && act.tap.value === value)) return;
  chosen.set(token, value);
  send({ tap: { token, value } });
}

function words(text, act) {
  const { client_msg_id: id } = enqueue(act);
  const { said = [] } = recall();
  remember({ said: [...said, { id, text, after: bubbles.at(-1)?.id }].slice(-KEPT_WORDS) });
  show();
  main.scrollTo({ top: main.scrollHeight });
  sendQueue();
}

function send(act) {
  enqueue(act);
  show();
  sendQueue();
}

function sendQueue() {
  pace = FAST;
  flush(settled, offline);
}

function settled(entry, reply) {
  if (reply.status === 401) return end(say.ended);
  if (reply.status !== 200) {
    if (entry.act.tap) chosen.delete(entry.act.tap.token);
    toast(say.refused);
  } else if (reply.data.toast) {
    toast(reply.data.toast);
  } else if ($("status").className === "offline") {
    status();
  }
  if (reply.data.form) $("text").focus();
  pull();
}

// --- keeping in step

async function pull() {
  clearTimeout(timer);
  if (!live) return;
  if (pulling) {
    pullAgain = true;
    return;
  }
  pulling = true;
  const reply = await call("pull", {});
  pulling = false;
  if (!live) return;
  take(reply);
  if (live && pullAgain) {
    pullAgain = false;
    return pull();
  }
  if (live && !document.hidden) timer = setTimeout(pull, pace);
}

function take(reply) {
  if (reply.status === 401) return end(say.ended);
  if (reply.status !== 200) return offline();
  if ($("status").className === "offline" && !queued().length) status();
  bubbles = reply.data.bubbles;
  const code = bubbles.at(-1)?.prompt.language;
  if (code && code !== language) speak(code);
  pace = show() ? FAST : Math.min(IDLE, pace * 1.2);
}

// --- beginning and end

function begin() {
  const { language: code, consent } = recall();
  speak(code ?? language);
  for (const { act } of queued()) if (act.tap) chosen.set(act.tap.token, act.tap.value);
  $("consent").textContent = consent ?? "";
  $("consent").lang = language;
  $("consent").hidden = !consent;
  $("composer").hidden = $("menu").hidden = false;
  notice();
  live = true;
  pull();
  sendQueue();
}

function end(words) {
  live = false;
  bubbles = [];
  forget();
  $("log").replaceChildren();
  $("consent").hidden = $("composer").hidden = $("menu").hidden = true;
  status();
  "demo" in company && words !== say.badlink ? door() : notice(words);
}

async function open(path, body) {
  for (let tries = 0; ; ) {
    const reply = await call(path, body);
    if (!mayPass(reply)) return reply;
    offline();
    await pause(waits(tries++));
  }
}

function enter({ session, language: code, consent_text: consent }) {
  forget();
  remember({ session, language: code, consent });
  status();
  begin();
}

async function openLink(token) {
  notice([say.opening, ""]);
  const reply = await open("open", { token });
  history.replaceState(null, "", location.pathname + location.search);
  if (reply.status === 200) return enter(reply.data);
  // The customer may follow the same link twice: the first time made this session.
  recall().session ? begin() : end(say.badlink);
}

async function door() {
  const { status: code, data } = await open(`demo?lang=${language}`);
  if (code !== 200) return notice(say.nolink);
  const entrance = ({ id, label }) =>
    make("button", {
      type: "button",
      className: "chip",
      textContent: label,
      onclick: async () => {
        const reply = await open("demo/open", { id });
        if (reply.status === 200) enter(reply.data);
      },
    });
  notice(say.demo, make("div", { className: "chips" }, ...data.customers.map(entrance)));
}

function start() {
  const token = new URLSearchParams(location.hash.slice(1)).get("t");
  if (token) openLink(token);
  else if (recall().session) begin();
  else if ("demo" in company) door();
  else notice(say.nolink);
}

function grow() {
  $("text").style.height = "auto";
  $("text").style.height = `${$("text").scrollHeight}px`;
}

function submit() {
  const text = $("text").value.trim();
  if (!text) return;
  const command = /^\/([a-z]{1,32}(?: [!-~]{1,64})?)$/.exec(text);
  words(text, command ? { command: command[1] } : { text });
  $("text").value = "";
  grow();
}

$("composer").addEventListener("submit", (event) => (event.preventDefault(), submit()));
$("text").addEventListener("input", grow);
$("text").addEventListener("keydown", (event) => {
  // While a Korean syllable is being composed, Enter belongs to the input method.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  submit();
});
document.addEventListener("click", (event) => {
  if (!$("menu").contains(event.target)) $("menu").open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !$("menu").open) return;
  $("menu").open = false;
  document.querySelector("summary").focus();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) ((pace = FAST), pull());
});
addEventListener("online", () => ((pace = FAST), pull()));
addEventListener("offline", () => live && offline());
addEventListener("hashchange", () => location.hash.startsWith("#t=") && location.reload());

speak(language);
// A page rendered ahead of its visit must not use up the link.
document.prerendering ? document.addEventListener("prerenderingchange", start, { once: true }) : start();
