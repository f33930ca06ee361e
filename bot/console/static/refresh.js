// Keeps a page of the console current: fetches it again and swaps its live parts where they stand, so that
// the place scrolled to, open tables and the focus stay. Without it the page is as it was when it was loaded.
"use strict";

const EVERY_MS = 30_000;
const SCROLLED = ".scroller, .sheet, .slide";
const KEEPS_FOCUS = `summary, ${SCROLLED}`;

// What a field holds that the server did not put there.
const isTyped = field =>
  field.matches("select")
    ? field.selectedIndex !== Math.max(0, [...field.options].findIndex(each => each.defaultSelected))
    : field.value !== field.defaultValue || field.checked !== field.defaultChecked;

// Whoever types, has typed, has a button in focus or marks text in a part is not disturbed there.
const isBusy = part => {
  const active = document.activeElement;
  const marked = document.getSelection();
  return (
    (part.contains(active) && active.matches("input, textarea, select, button, a, li")) ||
    [...part.querySelectorAll("input, textarea, select")].some(isTyped) ||
    (marked && !marked.isCollapsed && part.contains(marked.anchorNode))
  );
};

const swap = (old, fresh) => {
  const open = [...old.querySelectorAll("details")].map(table => table.open);
  const places = [...old.querySelectorAll(SCROLLED)].map(pane => [pane.scrollLeft, pane.scrollTop]);
  const focused = [...old.querySelectorAll(KEEPS_FOCUS)].indexOf(document.activeElement);
  old.replaceChildren(...fresh.childNodes);
  old.querySelectorAll(KEEPS_FOCUS)[focused]?.focus({ preventScroll: true });
  old.querySelectorAll("details").forEach((table, i) => { table.open = open[i] ?? false; });
  old.querySelectorAll(SCROLLED).forEach((pane, i) => pane.scrollTo(...(places[i] ?? [0, 0])));
};

const refresh = async () => {
  if (document.visibilityState !== "visible") return;
  try {
    const answer = await fetch(location.href, { credentials: "same-origin", redirect: "error" });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const old of document.querySelectorAll("[data-live]")) {
      const part = fresh.querySelector(`[data-live="${old.dataset.live}"]`);
      if (part && part.innerHTML !== old.innerHTML && !isBusy(old)) swap(old, part);
    }
  } catch {
    // The server is away; the next round looks again.
  }
};

setInterval(refresh, EVERY_MS);
document.addEventListener("visibilitychange", refresh);

// What the last form did is said once, not again after each round.
const here = new URL(location.href);
if (here.searchParams.has("note")) {
  here.searchParams.delete("note");
  history.replaceState(null, "", here);
}
