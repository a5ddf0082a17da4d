/** Which language the chat speaks: that of the element, or else of the page around it. */
import { LAUNCHER_NAMES } from "./launcher.js";

/** @param {Element} element */
export function languageOf(element) {
  const tag = element.closest("[lang]")?.getAttribute("lang") || navigator.language;
  const language = tag.toLowerCase().split(/[-_]/)[0];
  return Object.hasOwn(LAUNCHER_NAMES, language) ? language : "en";
}

export function directionOf(language) {
  return ["ar", "he"].includes(language) ? "rtl" : "ltr";
}
