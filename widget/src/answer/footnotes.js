/** The markers inside an answer, and the list of footnotes under it, which opens on demand. */
import { el, externalLink, hiddenText } from "../dom.js";
import { isThisPage, pdfPageOf } from "../links.js";

/**
 * @typedef {{href: string|null, opens: string, original: string|null, isSaid: boolean, leave: () => void}} Source Of a
 *   citation: the marked words and what their link is called; the PDF or the published page; whether the answer says
 *   the words already; how the page behind the panel comes into view.
 */

/**
 * @param {import("../strings/strings.js").Translate} t
 * @param {{number: number, title: string, quote: string}} citation
 * @param {Source} source
 * @param {import("./card.js").Card} card
 */
export function footnoteMarker(t, citation, source, card) {
  const { number, title, uri } = citation;
  const marker = el(
    "button",
    {
      type: "button",
      class: "marker",
      part: "marker",
      "aria-label": t("footnote", { n: number, title: title || uri }),
      "aria-expanded": "false",
      "aria-controls": card.element.id,
    },
    el("span", {}, String(number)),
  );
  card.attach(marker, citation, source);
  return el("sup", {}, marker);
}

/**
 * @param {import("../strings/strings.js").Translate} t
 * @param {object[]} citations In the order of their numbers.
 * @param {(citation: object) => Source} sourceOf
 */
export function footnoteList(t, citations, sourceOf) {
  const documents = new Map(citations.map((citation) => [documentOf(citation), []]));
  for (const citation of citations) documents.get(documentOf(citation)).push(citation);
  const summary = `${t("footnoteCount", { n: citations.length })} ${t("fromDocuments", { n: documents.size })}`;
  const groups = [...documents.values()].map((group) => documentGroup(t, group, sourceOf));
  return el("details", { class: "footnotes", part: "footnotes" }, el("summary", {}, summary), ...groups);
}

/** What a citation offers: the words in the document, the PDF or the published page, the words on this very page. */
export function citationLinks(t, citation, { href, opens, original, leave }) {
  const newTab = () => hiddenText(t("newTab"));
  const links = [];
  if (original && isThisPage(original)) {
    const show = async () => {
      leave();
      const { showOnThisPage } = await import("./on_page.js");
      showOnThisPage(citation.quote);
    };
    links.push(el("button", { type: "button", class: "text-button", onclick: show }, t("showOnPage")));
  }
  if (href) links.push(externalLink(href, { class: "open" }, opens, newTab()));
  if (original) {
    const page = pdfPageOf(original);
    const words = page ? t("openPdf", { page }) : t("openPublished");
    links.push(externalLink(original, { class: "original" }, words, newTab()));
  }
  return el("div", { class: "links" }, ...links);
}

/** Say where in its document a citation stands: "page 3 · read from a picture · Shoes"; empty where nobody knows. */
export function whereabouts(t, { page, headings, from_picture }) {
  const heading = Array.isArray(headings) && headings.length ? String(headings.at(-1)) : "";
  const parts = [Number.isInteger(page) ? t("page", { page }) : "", from_picture === true ? t("fromPicture") : "", heading];
  return parts.filter(Boolean).join(" · ");
}

const documentOf = ({ document_id, uri, title }) => document_id ?? uri ?? title;

function documentGroup(t, citations, sourceOf) {
  const [{ title, uri }] = citations;
  const items = citations.map((citation) => footnote(t, citation, sourceOf(citation)));
  return el(
    "section",
    { class: "document" },
    el("p", { class: "source", dir: "auto" }, title || uri),
    el("ol", { role: "list" }, ...items),
  );
}

function footnote(t, citation, source) {
  const where = whereabouts(t, citation);
  return el(
    "li",
    {},
    el("span", { class: "number", dir: "ltr" }, hiddenText(`${t("footnotes")} `), String(citation.number)),
    el(
      "div",
      { class: "footnote" },
      where ? el("p", { class: "where", dir: "auto" }, where) : null,
      source.isSaid ? null : el("blockquote", { class: "quote", dir: "auto" }, String(citation.quote)),
      citationLinks(t, citation, source),
    ),
  );
}
