/** Runs where the script tag stands: defines the element and, unless the page has one of its own, adds the launcher. */
import { FootnoteChat } from "./element.js";
import { attributesOf, ownScript } from "./script.js";

const OPENS = "[data-footnote-open], [data-footnote-ask]";
const script = ownScript();
FootnoteChat.home = new URL(".", script?.src ?? location.href).href;
FootnoteChat.defaultServer = script?.dataset.server ?? FootnoteChat.home;

// A page may hold the tag twice; the first one counts.
if (!customElements.get("footnote-chat")) {
  customElements.define("footnote-chat", FootnoteChat);
  document.addEventListener("click", openFromThePage);
  if (script?.dataset.launcher !== "off") whenParsed(() => addLauncher(attributesOf(script)));
}

function whenParsed(action) {
  if (document.readyState !== "loading") action();
  else document.addEventListener("DOMContentLoaded", action, { once: true });
}

/** Beside the body, where scripts that exchange the body leave it alone; it comes back if one takes it out. */
function addLauncher(attributes) {
  if (document.querySelector("footnote-chat")) return;
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
  const chat = opener && document.querySelector("footnote-chat");
  if (!chat) return;
  event.preventDefault();
  if (opener.dataset.footnoteAsk) chat.ask(opener.dataset.footnoteAsk);
  else chat.open();
}
