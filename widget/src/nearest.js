/** Where an answer was declined: the passages nearest to the question, as links. */
import { el, externalLink, hiddenText } from "./dom.js";
import { whereabouts } from "./footnotes.js";

const MAX_SHOWN = 3;
const MAX_CHARACTERS = 120;

/**
 * @param {object[]} sources
 * @param {(source: object) => import("./footnotes.js").Links} linksOf
 * @returns {HTMLElement[]} Nothing where there is none.
 */
export function nearestPassages(sources, linksOf) {
  if (!sources.length) return [];
  const items = sources.slice(0, MAX_SHOWN).map((source) => passage(source, linksOf(source)));
  // The answer itself leads to them in words, in the language of the question.
  return [el("section", { class: "nearest", "aria-label": "Nearest passages" }, el("ul", { role: "list" }, ...items))];
}

/** Return the beginning of a text on one line, cut between words where it is longer. */
export function clipped(text, maxCharacters) {
  const line = String(text ?? "").replace(/\s+/g, " ").trim();
  const characters = [...line];
  if (characters.length <= maxCharacters) return line;
  const end = characters.lastIndexOf(" ", maxCharacters);
  return `${characters.slice(0, end > 0 ? end : maxCharacters).join("")}…`;
}

function passage(source, { href }) {
  const where = whereabouts(source);
  return el(
    "li",
    { dir: "auto" },
    externalLink(
      href,
      { class: "source" },
      source.title || source.uri,
      href ? hiddenText(", opens in a new tab") : null,
    ),
    where ? el("span", { class: "where" }, where) : null,
    el("p", { class: "quote", dir: "auto" }, clipped(source.text, MAX_CHARACTERS)),
  );
}
