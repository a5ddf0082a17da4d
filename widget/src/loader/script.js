/** The script tag that this code came from, and what the site says on it. */

const OWN_NAME = /\/widget(-[0-9a-f]+)?\.js$/;
/** @returns {HTMLScriptElement|undefined} A module does not know its own tag, so the tag is looked for. */
export function ownScript() {
  const isOwn = ({ src }) => OWN_NAME.test(src.split(/[?#]/)[0]);
  return document.currentScript ?? [...document.querySelectorAll("script[src]")].findLast(isOwn);
}

/** Return the attributes of the element that the tag asks for; its visitor token is taken out of the document. */
export function attributesOf(script) {
  const attributes = { mode: "launcher" };
  for (const { name, value } of script?.attributes ?? []) {
    if (name.startsWith("data-")) attributes[name === "data-title" ? "heading" : name.slice(5)] = value;
  }
  if (attributes.open === "false") delete attributes.open;
  // It stays in no attribute, where other scripts would copy it from.
  script?.removeAttribute("data-visitor-token");
  return attributes;
}
