// The conversation: opens or resumes a session, keeps in step with the server, sends what the customer does.

import { make } from "./bubbles.js";
import {
  $, inSight, learn, noNotice, notice, onHost, redrawNotice, say, saysOffline, speak, status, tell, tellHeight, toast, ways,
} from "./frame.js";
import { choose, keepWords, show, toEnd } from "./log.js";
import { forget, onElsewhere, queued, recall, remember } from "./memory.js";
import { call, enqueue, flush, insist, listen, newId, pause, waits } from "./wire.js";

const FAST = 2_000; // ms between pulls after something happened, where the server cannot tell us
const IDLE = 15_000; // ms between such pulls at most
const SLOWER = 1.2;

let bubbles = [];
let live = false;
let pace = FAST;
let timer;
let pulling = false;
let pullAgain = false;
let told = false; // the server tells us when something waits
let following = false;
let opening = ""; // a link that waits until it is seen

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
  utter(text, { text });
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
  if (code === 401) return end("ended");
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

async function pull() {
  clearTimeout(timer);
  if (pulling) {
    pullAgain = true;
    return;
  }
  if (!live || !inSight()) return;
  pulling = true;
  const reply = await call("pull", {});
  pulling = false;
  if (live) await take(reply);
  if (pullAgain) {
    pullAgain = false;
    return pull();
  }
  if (!told) timer = setTimeout(pull, pace);
}

async function take({ status: code, data }) {
  if (code === 401) return end("ended");
  if (code !== 200) {
    told = false;
    return offline();
  }
  if (saysOffline() && !queued().length) status();
  bubbles = data.bubbles;
  const latest = bubbles.at(-1)?.prompt.language;
  if (latest && latest !== say.code) await turnTo(latest);
  pace = show(bubbles, tap) ? FAST : Math.min(IDLE, pace * SLOWER);
  tellHeight();
}

function catchUp() {
  pace = FAST;
  pull();
}

// Listens for as long as the page is seen; where that fails, pulling now and then takes its place.
async function follow() {
  if (following) return;
  following = true;
  for (let tries = 0; live && !document.hidden; ) {
    await listen((event) => {
      told = event !== "bye";
      tries = 0;
      if (event === "news" && !inSight()) tell("news");
      catchUp();
    });
    told = false;
    catchUp();
    await pause(waits(tries++));
  }
  following = false;
}

// --- beginning and end

async function turnTo(code) {
  if (code !== say.code) await learn(code);
  speak((label, command) => utter(label, { command }));
  ways.out?.();
  redrawNotice();
}

async function begin() {
  const { language, consent } = recall();
  await turnTo(language ?? say.code);
  for (const { act } of queued()) if (act.tap) choose(act.tap.token, act.tap.value);
  $("consent").textContent = consent ?? "";
  $("consent").lang = language;
  $("consent").hidden = !consent;
  $("composer").hidden = $("menu").hidden = false;
  noNotice();
  live = true;
  onElsewhere(catchUp);
  pull();
  follow();
  sendQueue();
}

function end(why) {
  live = false;
  bubbles = [];
  forget();
  status();
  $("log").replaceChildren();
  $("consent").hidden = $("composer").hidden = $("menu").hidden = true;
  tell("token");
  ways.door ? ways.door(enter, offline) : notice(why);
}

function enter({ session, language, consent_text: consent }) {
  const another = session !== recall().session;
  if (another) forget();
  remember({ session, language, consent });
  status();
  history.replaceState(null, "", location.pathname + location.search);
  another && live ? location.reload() : begin();
}

async function openLink(token) {
  opening = "";
  notice("opening");
  // The same key again opens the same link again, should its answer have been lost.
  const { link, key = newId() } = recall();
  const secret = link === token ? key : newId();
  remember({ link: token, key: secret });
  const { status: code, data } = await insist("open", { token, key: secret }, offline);
  if (code === 200) return enter(data);
  history.replaceState(null, "", location.pathname + location.search);
  end("badlink");
}

async function showStart(code) {
  notice("opening");
  const { status: found, data } = await insist(`scan/${encodeURIComponent(code)}?lang=${say.code}`, undefined, offline);
  status();
  if (found !== 200) return notice("badcode");
  if (!say.go) await learn(say.code);
  const body = { code, scan_id: newId(), language: say.code };
  const onclick = async (event) => {
    event.target.disabled = true;
    const reply = await insist("scan", body, offline);
    reply.status === 200 ? enter(reply.data) : notice("badcode");
  };
  notice(
    "start",
    make("p", { className: "place", textContent: data.touchpoint }),
    make("button", { type: "button", className: "go", textContent: say.go, onclick }),
    make("p", { className: "small", textContent: data.consent_text }),
  );
}

function start() {
  const asked = new URLSearchParams(location.hash.slice(1));
  opening = asked.get("t") ?? "";
  if (asked.has("q")) showStart(asked.get("q"));
  else if (opening && inSight()) openLink(opening);
  else if (recall().session) begin();
  else if (opening) notice("opening");
  else end("nolink");
}

function heardHost({ aftertouch: word, token }) {
  if (word === "token") opening = token;
  if (opening && inSight()) openLink(opening);
  else catchUp();
}

$("lang").addEventListener("click", async () => {
  if (live) return utter(say.nextname, { command: `lang ${say.next}` });
  await turnTo(say.next);
  if (location.hash.startsWith("#q=") || ways.door) start();
});
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
document.addEventListener("visibilitychange", () => {
  catchUp();
  if (live) follow();
});
addEventListener("online", catchUp);
addEventListener("offline", () => live && offline());
addEventListener("hashchange", () => /^#[tq]=/.test(location.hash) && location.reload());

turnTo(say.code);
onHost(heardHost);
// A page rendered ahead of its visit must not use up the link.
document.prerendering ? document.addEventListener("prerenderingchange", start, { once: true }) : start();
