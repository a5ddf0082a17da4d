/** The markers inside an answer and the numbered list of footnotes under it. */
import { el, externalLink, hiddenText } from "./dom.js";
import { linkLabel } from "./links.js";

/**
 * @typedef {{href: string|null, opens: string, original: string|null}} Links The marked words and what their link is
 *   called; the PDF or the published page.
 */

/**
 * @param {{number: number, title: string, quote: string}} citation
 * @param {Links} links
 * @param {import("./popover.js").Popover} popover
 */
export function footnoteMarker(citation, links, popover) {
  const { href } = links;
  const label = `Footnote ${citation.number}: ${citation.title}${href ? ", opens in a new tab" : ""}`;
  const marker = externalLink(
    href,
    { class: "marker", "aria-label": label, ...(href ? {} : { tabindex: 0, role: "note" }) },
    String(citation.number),
  );
  popover.attach(marker, citation, links);
  return el("sup", {}, marker);
}

/**
 * @param {object[]} citations In the order of their numbers.
 * @param {Set<number>} quoted Those whose words stand in the answer.
 * @param {(citation: object) => Links} linksOf
 * @param {ResizeObserver} clampObserver Tells `showMoreIfClamped` when a quote has its size.
 */
export function footnoteList(citations, quoted, linksOf, clampObserver) {
  const items = citations.map((citation) => {
    const words = quoted.has(citation.number) ? [] : clampedQuote(citation.quote, clampObserver);
    return footnote(citation, linksOf(citation), words);
  });
  return el("section", { class: "footnotes", "aria-label": "Footnotes" }, el("ol", { role: "list" }, ...items));
}

/** A link to the original of a citation: a page of a PDF, or the published page. */
export function originalLink(original, properties) {
  return externalLink(original, properties, linkLabel(original), hiddenText(", opens in a new tab"));
}

/** Offer "Show more" under a quote just where there is more of it; return whether that changed what is offered. */
export function showMoreIfClamped(quote) {
  const button = quote.nextElementSibling;
  if (!button || !quote.classList.contains("clamped")) return false;
  const wasHidden = button.hidden;
  button.hidden = quote.scrollHeight <= quote.clientHeight + 1;
  return button.hidden !== wasHidden;
}

function clampedQuote(words, clampObserver) {
  const quote = el("blockquote", { class: "quote clamped", dir: "auto" }, words);
  clampObserver.observe(quote);
  const button = el(
    "button",
    { type: "button", class: "text-button", hidden: true, "aria-expanded": "false", onclick: toggleQuote },
    "Show more",
  );
  return [quote, button];
}

function footnote(citation, { href, original }, words) {
  const where = whereabouts(citation);
  return el(
    "li",
    { dir: "auto" },
    el("span", { class: "number", dir: "ltr" }, hiddenText("Footnote "), String(citation.number)),
    el(
      "div",
      { class: "footnote" },
      externalLink(
        href,
        { class: "source" },
        citation.title || citation.uri,
        href ? hiddenText(", opens in a new tab") : null,
      ),
      where ? el("span", { class: "where" }, where) : null,
      ...words,
      original ? originalLink(original, { class: "original" }) : null,
    ),
  );
}

/** Say where in its document a citation stands: "page 3 · read from a picture · Shoes"; empty where nobody knows. */
function whereabouts({ page, headings, from_picture }) {
  const heading = Array.isArray(headings) && headings.length ? headings[headings.length - 1] : "";
  const parts = [Number.isInteger(page) ? `page ${page}` : "", from_picture === true ? "read from a picture" : "", heading];
  return parts.filter(Boolean).join(" · ");
}

function toggleQuote({ currentTarget: button }) {
  const isClamped = button.previousElementSibling.classList.toggle("clamped");
  button.setAttribute("aria-expanded", String(!isClamped));
  button.textContent = isClamped ? "Show more" : "Show less";
}
