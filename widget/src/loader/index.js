/** Runs where the script tag stands: defines the element and, unless the page has one of its own, adds the launcher. */
import { FootnoteChat } from "./element.js";
import { launcherOf, ownScript } from "./script.js";

const script = ownScript();
// The server may live below a path: its address is all of the script's but the name.
FootnoteChat.home = new URL(".", script?.src ?? location.href).href;

// A page may hold the tag twice; the first one counts.
if (!customElements.get("footnote-chat")) {
  customElements.define("footnote-chat", FootnoteChat);
  document.addEventListener("click", openFromThePage);
  if (document.readyState !== "loading") begin();
  else document.addEventListener("DOMContentLoaded", begin);
}

function begin() {
  // Beside the body, where scripts that exchange the body leave it alone; it comes back if one takes it out.
  if (script?.dataset.launcher !== "off" && !chatOfThePage()) FootnoteChat.keep(launcherOf(script));
  // What "share" copies.
  const asked = new URLSearchParams(location.hash.slice(1)).get("footnote-ask");
  if (asked) chatOfThePage()?.ask(asked);
}

function chatOfThePage() {
  return document.querySelector("footnote-chat");
}

/** Any element of the page opens the chat, or asks: `<button data-footnote-ask="How long is …?">`. */
function openFromThePage(event) {
  const opener = event.target.closest?.("[data-footnote-open], [data-footnote-ask]");
  const chat = opener && chatOfThePage();
  if (!chat) return;
  event.preventDefault();
  const { footnoteAsk } = opener.dataset;
  if (footnoteAsk) chat.ask(footnoteAsk);
  else chat.open();
}
