/** Runs where the script tag stands: defines the element and, unless the page has one of its own, adds the launcher. */
import { FootnoteChat } from "./chat.js";
import { serverAddress } from "./links.js";

const script = document.currentScript;
// The server may live below a path: its address is all of the script's but the name.
const scriptFolder = serverAddress(script?.src && ".", script?.src) ?? location.origin;
FootnoteChat.defaultServer = serverAddress(script?.dataset.server, document.baseURI) ?? scriptFolder;

if (!customElements.get("footnote-chat")) {
  customElements.define("footnote-chat", FootnoteChat);
  if (script?.dataset.launcher !== "off") whenParsed(() => addLauncher(script?.dataset ?? {}));
}

function whenParsed(action) {
  if (document.readyState !== "loading") action();
  else document.addEventListener("DOMContentLoaded", action, { once: true });
}

function addLauncher(dataset) {
  const { title, greeting, placeholder, accent, position, theme, open, remember, feedback, documents } = dataset;
  const { siteKey, visitorToken } = dataset;
  // It stays in no attribute, where other scripts would copy it from.
  delete dataset.visitorToken;
  if (document.querySelector("footnote-chat")) return;
  const chat = document.createElement("footnote-chat");
  const isOpen = open !== undefined && open !== "false";
  const attributes = {
    mode: "launcher",
    heading: title,
    greeting,
    placeholder,
    accent,
    position,
    theme,
    remember,
    feedback,
    documents,
    "site-key": siteKey,
    "visitor-token": visitorToken,
    open: isOpen ? "" : undefined,
  };
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) chat.setAttribute(name, value);
  }
  document.body.append(chat);
}
