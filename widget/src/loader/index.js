/** Runs where the script tag stands: defines the element and, unless the page has one of its own, adds the launcher. */
import { FootnoteChat } from "./element.js";
import { attributesOf, ownScript } from "./script.js";

const OPENS = "[data-footnote-open], [data-footnote-ask]";
/** The fragment of an address that asks: what "share" copies. */
const ASKS = /^#footnote-ask=(.+)/;
const script = ownScript();
FootnoteChat.home = new URL(".", script?.src ?? location.href).href;
FootnoteChat.defaultServer = script?.dataset.server ?? FootnoteChat.home;

// A page may hold the tag twice; the first one counts.
if (!customElements.get("footnote-chat")) {
  customElements.define("footnote-chat", FootnoteChat);
  document.addEventListener("click", openFromThePage);
  whenParsed(() => {
    if (script?.dataset.launcher !== "off") addLauncher(attributesOf(script));
    const asked = ASKS.exec(location.hash);
    if (asked) chatOfThePage()?.ask(decodeURIComponent(asked[1]));
  });
}

function chatOfThePage() {
  return document.querySelector("footnote-chat");
}

function whenParsed(action) {
  if (document.readyState !== "loading") action();
  else document.addEventListener("DOMContentLoaded", action, { once: true });
}

/** Beside the body, where scripts that exchange the body leave it alone; it comes back if one takes it out. */
function addLauncher(attributes) {
  if (chatOfThePage()) return;
  const chat = document.createElement("footnote-chat");
  for (const [name, value] of Object.entries(attributes)) chat.setAttribute(name, value);
  const page = document.documentElement;
  page.append(chat);
  new MutationObserver((_, observer) => {
    if (chat.isDestroyed) observer.disconnect();
    else if (!chat.isConnected) page.append(chat);
  }).observe(page, { childList: true });
}

/** Any element of the page opens the chat, or asks: `<button data-footnote-ask="How long is …?">`. */
function openFromThePage(event) {
  const opener = event.target.closest?.(OPENS);
  const chat = opener && chatOfThePage();
  if (!chat) return;
  event.preventDefault();
  const { footnoteAsk } = opener.dataset;
  if (footnoteAsk) chat.ask(footnoteAsk);
  else chat.open();
}
