// Puts the web chat on a page: <script src="https://ask.example.com/chat/embed.js" data-token="..." async></script>
// Nothing inline is added, so the page's own policy needs no more than this host in script-src and frame-src.

{
const look = `
:host(:not([inline])) iframe, button {
position: fixed; z-index: 2147483000; right: 20px; bottom: 92px;
width: 400px; height: min(640px, 100dvh - 112px); border: 0; border-radius: 20px; box-shadow: 0 6px 32px #0004;
}
:host([inline]) iframe { display: block; width: 100%; height: 420px; border: 0; }
:host(:not([open], [inline])) iframe { display: none; }
:host button {
bottom: 20px; width: auto; height: auto; padding: 20px 22px; border-radius: 28px; background: #3f5bd9; color: #fff;
font: 600 16px/1 system-ui, sans-serif; cursor: pointer;
}
button:focus-visible { outline: 3px solid #3f5bd9; outline-offset: 3px; }
@media (max-width: 480px) {
:host([open]) iframe { inset: 0; width: 100%; height: 100%; border-radius: 0; }
:host([open]) button { display: none; }
}`;

function embed(script) {
  const { token, lang = "", into, open: openAtOnce } = script.dataset;
  const words = WORDS; // by language; filled in where it is served
  const { invite, dismiss, news } = words[(lang || document.documentElement.lang).slice(0, 2)] ?? words.en;
  const home = new URL("../chat", script.src);
  const place = into && document.querySelector(into);
  let shown = Boolean(place);
  let ready = false;
  let fresh;

  const address = new URL(home);
  address.searchParams.set("embed", place ? "inline" : "panel");
  if (lang) address.searchParams.set("lang", lang);
  if (token) address.hash = `t=${token}`;

  const make = (tag, props) => Object.assign(document.createElement(tag), props);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(look);
  const host = make("div");
  const root = host.attachShadow({ mode: "closed" });
  root.adoptedStyleSheets = [sheet];
  const frame = make("iframe", { src: address.href, title: invite, referrerPolicy: "no-referrer" });
  const button = make("button", { type: "button", textContent: invite, ariaExpanded: "false" });
  host.toggleAttribute("inline", shown);
  root.append(frame, ...(place ? [] : [button]));

  const say = (word, more) => ready && frame.contentWindow.postMessage({ aftertouch: word, ...more }, home.origin);
  const announce = (what) => dispatchEvent(new CustomEvent(`aftertouch:${what}`));

  function show(now) {
    if (place || now === shown) return;
    shown = now;
    host.toggleAttribute("open", now);
    button.textContent = now ? dismiss : invite;
    button.ariaExpanded = String(now);
    say(now ? "show" : "hide");
    (now ? frame : button).focus();
    announce(now ? "open" : "close");
  }

  function enter(token) {
    fresh = ready ? undefined : token;
    say("token", { token });
  }

  const heard = {
    ready() {
      ready = true;
      if (shown) say("show");
      if (fresh) enter(fresh);
      announce("ready");
    },
    close() {
      show(false);
    },
    height({ height }) {
      if (place) frame.style.height = `${Math.min(Math.max(height, 280), 720)}px`;
    },
    news() {
      if (!shown) button.textContent = `● ${news}`;
      announce("news");
    },
    token() {
      announce("token");
    },
  };
  addEventListener("message", ({ source, origin, data }) => {
    if (source === frame.contentWindow && origin === home.origin) heard[data?.aftertouch]?.(data);
  });
  button.addEventListener("click", () => show(!shown));

  (place || document.body).append(host);
  window.Aftertouch = { open: () => show(true), close: () => show(false), token: enter };
  if (openAtOnce !== undefined) show(true);
}

const here = document.currentScript;
if (document.readyState === "loading") addEventListener("DOMContentLoaded", () => embed(here));
else embed(here);
}
