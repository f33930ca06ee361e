// The messages, in step with the server's transcript, with the customer's own words where they were said.

import { draw, make, newBubble } from "./bubbles.js";
import { $, noNotice, notice, say } from "./frame.js";
import { queued, recall, remember } from "./memory.js";

const KEPT_WORDS = 30;
const NEAR_END = 80; // px
const OVER = ["thanks", "closed"];

const main = document.querySelector("main");
const chosen = new Map(); // button token -> the value tapped last

export function choose(token, value) {
  chosen.set(token, value);
}

// What the customer said is kept here only: the server sends back its own messages.
export function keepWords(id, text, after) {
  const { said = [] } = recall();
  remember({ said: [...said, { id, text, after }].slice(-KEPT_WORDS) });
}

export function toEnd() {
  main.scrollTo({ top: main.scrollHeight });
}

// Draws the transcript; returns whether anything changed.
export function show(bubbles, tap) {
  const atEnd = main.scrollHeight - main.scrollTop - main.clientHeight < NEAR_END;
  const { said = [] } = recall();
  const queue = queued();
  const wordsAfter = (id) => said.filter((word) => word.after === id).map((word) => own(word, queue));
  const wanted = wordsAfter(undefined);
  let changed = false;
  for (const bubble of bubbles) {
    const node = $(`m-${bubble.id}`) ?? newBubble(bubble.id);
    changed = draw(node, bubble, manner(bubble.prompt, queue, tap)) || changed;
    wanted.push(node, ...wordsAfter(bubble.id));
  }
  changed = arrange(wanted) || changed;
  closing(bubbles.at(-1)?.prompt);
  if (changed && atEnd) toEnd();
  return changed;
}

function manner({ token }, queue, tap) {
  return {
    chosen: chosen.get(token),
    waiting: queue.some(({ act }) => act.tap?.token === token) ? say.waiting : "",
    keys: say.keys,
    tap: (value) => tap(token, value),
  };
}

function own({ id, text }, queue) {
  const node = $(`m-${id}`) ?? make("p", { className: "own", id: `m-${id}`, textContent: text, lang: say.code });
  node.classList.toggle("waits", queue.some((entry) => entry.client_msg_id === id));
  node.dataset.waiting = say.waiting;
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

function closing(last) {
  last ? noNotice() : notice("idle");
  $("log").classList.toggle("done", OVER.includes(last?.kind));
  $("log").dataset.done = say.done;
  $("text").placeholder = last?.typing ? say.typereason : say.type;
}
