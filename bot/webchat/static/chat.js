// The conversation: opens or resumes a session, pulls the transcript, sends what the customer does.

import { make } from "./bubbles.js";
import { $, isDemo, language, noNotice, notice, say, saysOffline, speak, status, toast } from "./frame.js";
import { choose, keepWords, show, toEnd } from "./log.js";
import { forget, recall, remember } from "./memory.js";
import { call, enqueue, flush, mayPass, pause, queued, waits } from "./wire.js";

const FAST = 2_000; // ms between pulls after something happened
const IDLE = 15_000; // ms between pulls at most
const SLOWER = 1.2;
const COMMAND = /^\/([a-z]{1,32}(?: [!-~]{1,64})?)$/;

let bubbles = [];
let live = false;
let pace = FAST;
let timer;
let pulling = false;
let pullAgain = false;

// --- doing

function tap(token, value) {
  if (queued().some(({ act }) => act.tap?.token === token && act.tap.value === value)) return;
  choose(token, value);
  enqueue({ tap: { token, value } });
  show(bubbles, tap);
  sendQueue();
}

function utter(text, act) {
  keepWords(enqueue(act), text, bubbles.at(-1)?.id);
  show(bubbles, tap);
  toEnd();
  sendQueue();
}

function submit() {
  const text = $("text").value.trim();
  if (!text) return;
  const command = COMMAND.exec(text);
  utter(text, command ? { command: command[1] } : { text });
  $("text").value = "";
  fit();
}

function fit() {
  $("text").style.height = "auto";
  $("text").style.height = `${$("text").scrollHeight}px`;
}

function sendQueue() {
  pace = FAST;
  flush(settled, offline);
}

function settled({ act }, { status: code, data }) {
  if (code === 401) return end(say.ended);
  if (saysOffline()) status();
  if (code !== 200 && act.tap) choose(act.tap.token, undefined);
  if (code !== 200) toast(say.refused);
  else if (data.toast) toast(data.toast);
  if (data?.form) $("text").focus();
  pull();
}

function offline() {
  status(queued().length ? say.resending : say.reconnecting, "offline");
}

// --- keeping in step

// Pulling counts as having been shown the messages, so a page that nobody sees does not pull.
async function pull() {
  clearTimeout(timer);
  if (pulling) {
    pullAgain = true;
    return;
  }
  if (!live || document.hidden) return;
  pulling = true;
  const reply = await call("pull", {});
  pulling = false;
  if (live) take(reply);
  if (pullAgain) {
    pullAgain = false;
    return pull();
  }
  timer = setTimeout(pull, pace);
}

function take({ status: code, data }) {
  if (code === 401) return end(say.ended);
  if (code !== 200) return offline();
  if (saysOffline() && !queued().length) status();
  bubbles = data.bubbles;
  const latest = bubbles.at(-1)?.prompt.language;
  if (latest && latest !== language) turnTo(latest);
  pace = show(bubbles, tap) ? FAST : Math.min(IDLE, pace * SLOWER);
}

function catchUp() {
  pace = FAST;
  pull();
}

// --- beginning and end

function turnTo(code) {
  speak(
    code,
    (label, command) => utter(label, { command }),
    () => {
      forget();
      location.reload();
    },
  );
}

function begin() {
  const { language: code, consent } = recall();
  turnTo(code ?? language);
  for (const { act } of queued()) if (act.tap) choose(act.tap.token, act.tap.value);
  $("consent").textContent = consent ?? "";
  $("consent").lang = language;
  $("consent").hidden = !consent;
  $("composer").hidden = $("menu").hidden = false;
  noNotice();
  live = true;
  pull();
  sendQueue();
}

function end(why) {
  live = false;
  bubbles = [];
  forget();
  status();
  $("log").replaceChildren();
  $("consent").hidden = $("composer").hidden = $("menu").hidden = true;
  isDemo ? showDoor() : notice(why);
}

function enter({ session, language: code, consent_text: consent }) {
  forget();
  remember({ session, language: code, consent });
  status();
  begin();
}

async function insist(path, body) {
  for (let tries = 0; ; ) {
    const reply = await call(path, body);
    if (!mayPass(reply)) return reply;
    offline();
    await pause(waits(tries++));
  }
}

async function openLink(token) {
  notice([say.opening, ""]);
  const { status: code, data } = await insist("open", { token });
  history.replaceState(null, "", location.pathname + location.search);
  if (code === 200) return enter(data);
  // The customer may follow the same link twice: the first time made this session.
  recall().session ? begin() : end(say.badlink);
}

async function showDoor() {
  const { status: code, data } = await insist(`demo?lang=${language}`);
  if (code !== 200) return notice(say.nolink);
  const onclick = async ({ currentTarget }) => {
    const reply = await insist("demo/open", { id: currentTarget.dataset.value });
    if (reply.status === 200) enter(reply.data);
  };
  const entrance = ({ id, label }) =>
    make("button", { type: "button", className: "chip", textContent: label, data: { value: id }, onclick });
  notice(say.demo, make("div", { className: "chips" }, ...data.customers.map(entrance)));
}

function start() {
  const token = new URLSearchParams(location.hash.slice(1)).get("t");
  if (token) openLink(token);
  else if (recall().session) begin();
  else if (isDemo) showDoor();
  else notice(say.nolink);
}

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
});
$("text").addEventListener("input", fit);
$("text").addEventListener("keydown", (event) => {
  // While a Korean syllable is being composed, Enter belongs to the input method.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  submit();
});
document.addEventListener("visibilitychange", catchUp);
addEventListener("online", catchUp);
addEventListener("offline", () => live && offline());
addEventListener("hashchange", () => location.hash.startsWith("#t=") && location.reload());

turnTo(language);
// A page rendered ahead of its visit must not use up the link.
document.prerendering ? document.addEventListener("prerenderingchange", start, { once: true }) : start();
