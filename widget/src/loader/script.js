/** The script tag that this code came from, and the launcher that the site asks for on it. */

const OWN_NAME = /\/widget\.js$/;

/** @returns {HTMLScriptElement|undefined} A module does not know its own tag, so the tag is looked for. */
export function ownScript() {
  const isOwn = ({ src }) => OWN_NAME.test(src.split(/[?#]/)[0]);
  return document.currentScript ?? [...document.scripts].findLast(isOwn);
}

/** Return the element that a tag asks for; its visitor token is taken out of the document. */
export function launcherOf(script) {
  const chat = document.createElement("footnote-chat");
  for (const { name, value } of script?.attributes ?? []) {
    const attribute = name === "data-title" ? "heading" : name.slice(5);
    if (/^data-[a-z]/.test(name) && name + value !== "data-openfalse") chat.setAttribute(attribute, value);
  }
  chat.setAttribute("mode", "launcher");
  // It stays in no attribute, where other scripts would copy it from.
  script?.removeAttribute("data-visitor-token");
  return chat;
}
