/** The passages nearest to a question that the documents do not answer: the first in full, the others folded. */
import { el } from "../dom.js";
import { citationLinks, whereabouts } from "./footnotes.js";

/**
 * @param {import("../strings/strings.js").Translate} t
 * @param {object[]} sources Best first, with their `text`.
 * @param {(source: object) => import("./footnotes.js").Source} sourceOf
 */
export function nearestPassages(t, sources, sourceOf) {
  const [first, ...others] = sources.map((source) => passage(t, source, sourceOf(source)));
  return el(
    "section",
    { class: "nearest", part: "nearest" },
    el("p", { class: "note" }, t("bestPassage")),
    first,
    others.length
      ? el("details", { class: "others" }, el("summary", {}, t("otherPassages", { n: others.length })), ...others)
      : null,
  );
}

function passage(t, source, links) {
  const place = [source.title || source.uri, whereabouts(t, source)].filter(Boolean).join(" · ");
  return el(
    "div",
    { class: "passage" },
    el("blockquote", { class: "quoted", dir: "auto" }, source.text),
    el("p", { class: "where", dir: "auto" }, place),
    citationLinks(t, { quote: source.text }, links),
  );
}
