// Draws one message. Redrawing keeps focus, and a choice that was moved to but not yet sent.

const DIGIT_PAUSE = 700;
const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

export function make(tag, props = {}, ...children) {
  const { data = {}, aria = {}, role, lang, ...rest } = props;
  const node = Object.assign(document.createElement(tag), rest);
  Object.assign(node.dataset, data);
  if (role) node.setAttribute("role", role);
  if (lang) node.lang = lang;
  for (const [name, value] of Object.entries(aria)) if (value) node.setAttribute(`aria-${name}`, value);
  node.append(...children.filter(Boolean));
  return node;
}

export function newBubble(id) {
  return make("article", { className: "bubble", id: `m-${id}`, tabIndex: -1 });
}

// `chosen` is the value on its way to the server, or undefined; `tap(value)` commits one.
export function draw(node, { id, at, prompt }, { chosen, waiting, keys, tap }) {
  const signature = JSON.stringify([prompt, chosen, waiting, keys]);
  if (node.drawn === signature) return false;
  node.drawn = signature;
  const held = node.contains(document.activeElement) ? document.activeElement.dataset.value ?? "" : null;
  const moved = chosen ?? node.querySelector("input:checked")?.value;
  node.lang = prompt.language;
  node.dataset.kind = prompt.kind;
  node.classList.toggle("waits", Boolean(waiting));
  node.dataset.waiting = waiting;
  node.replaceChildren(...parts(`m-${id}`, prompt, at, keys, tap));
  for (const option of node.querySelectorAll("input")) option.checked = option.value === moved;
  for (const button of node.querySelectorAll("button")) button.ariaPressed = button.dataset.value === chosen;
  if (held !== null) (node.querySelector(`[data-value="${CSS.escape(held)}"]`) ?? node).focus({ preventScroll: true });
  return true;
}

function parts(id, prompt, at, keys, tap) {
  const { heading, text, hint, language } = prompt;
  const button = (className) => ({ value, label, spoken }) =>
    make("button", {
      type: "button",
      className,
      textContent: label,
      data: { value },
      aria: { label: spoken },
      onclick: () => tap(value),
    });
  return [
    heading && make("p", { className: "heading", textContent: heading }),
    make("p", { className: "text", id: `${id}-text`, textContent: text }),
    hint && make("p", { className: "hint", id: `${id}-hint`, textContent: hint }),
    prompt.scale.length && scale(id, prompt, tap),
    prompt.scale.length && make("p", { className: "keys", textContent: keys, aria: { hidden: "true" } }),
    prompt.chips.length && make("div", { className: "chips" }, ...prompt.chips.map(button("chip"))),
    make(
      "div",
      { className: "foot" },
      ...prompt.controls.map(button("control")),
      make("time", { dateTime: at, textContent: clock(at, language) }),
    ),
  ].filter(Boolean);
}

function clock(at, language) {
  const moment = new Date(at);
  const today = moment.toDateString() === new Date().toDateString();
  const time = { hour: "numeric", minute: "2-digit" };
  return moment.toLocaleString(language, today ? time : { month: "short", day: "numeric", ...time });
}

function scale(id, prompt, tap) {
  const options = prompt.scale.map(({ value, label, spoken }) =>
    make("input", {
      type: "radio",
      name: id,
      value,
      data: { value },
      aria: { label: spoken ?? label },
      onclick: () => tap(value),
    }),
  );
  return make(
    "div",
    {
      className: "scale",
      role: "radiogroup",
      data: { size: options.length, layout: prompt.layout },
      aria: { labelledby: `${id}-text`, describedby: prompt.hint && `${id}-hint` },
      onkeydown: keyboard(options, tap),
    },
    ...options.map((option, index) =>
      make("label", {}, option, make("span", { textContent: prompt.scale[index].label, ariaHidden: "true" })),
    ),
  );
}

// Arrows and digits only move, as an unsent radio would; Enter and Space send.
function keyboard(options, tap) {
  let typed = "";
  let typedAt = 0;
  const moveTo = (option) => {
    option.checked = true;
    option.focus();
  };
  const byDigit = (digit, now) => {
    const both = now - typedAt < DIGIT_PAUSE ? typed + digit : digit;
    const labelled = (text) => options.find((option) => option.value === text);
    typed = labelled(both) ? both : digit;
    typedAt = now;
    return labelled(typed);
  };
  const target = (event) => {
    const here = options.indexOf(event.target);
    if (event.key in STEPS) return options.at((here + STEPS[event.key]) % options.length);
    if (event.key === "Home") return options[0];
    if (event.key === "End") return options.at(-1);
    return /^\d$/.test(event.key) ? byDigit(event.key, event.timeStamp) : undefined;
  };
  return (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      if (!event.repeat && event.target.value) tap(event.target.value);
      return;
    }
    const option = target(event);
    if (!option) return;
    event.preventDefault();
    moveTo(option);
  };
}
