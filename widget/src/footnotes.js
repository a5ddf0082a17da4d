/** The markers inside an answer and the numbered list of footnotes under it. */
import { el, externalLink, hiddenText } from "./dom.js";

/**
 * @param {{number: number, title: string, quote: string}} citation
 * @param {string|null} href
 * @param {import("./popover.js").Popover} popover
 */
export function footnoteMarker(citation, href, popover) {
  const label = `Footnote ${citation.number}: ${citation.title}${href ? ", opens in a new tab" : ""}`;
  const marker = externalLink(
    href,
    { class: "marker", "aria-label": label, ...(href ? {} : { tabindex: 0, role: "note" }) },
    String(citation.number),
  );
  popover.attach(marker, citation, href);
  return el("sup", {}, marker);
}

/**
 * @param {object[]} citations In the order of their numbers.
 * @param {(citation: object) => string|null} hrefOf
 * @param {ResizeObserver} clampObserver Tells `showMoreIfClamped` when a quote has its size.
 */
export function footnoteList(citations, hrefOf, clampObserver) {
  const items = citations.map((citation) => footnote(citation, hrefOf(citation), clampObserver));
  return el("section", { class: "footnotes", "aria-label": "Footnotes" }, el("ol", { role: "list" }, ...items));
}

/** Offer "Show more" under a quote just where there is more of it; return whether that changed what is offered. */
export function showMoreIfClamped(quote) {
  const button = quote.nextElementSibling;
  if (!button || !quote.classList.contains("clamped")) return false;
  const wasHidden = button.hidden;
  button.hidden = quote.scrollHeight <= quote.clientHeight + 1;
  return button.hidden !== wasHidden;
}

function footnote(citation, href, clampObserver) {
  const quote = el("blockquote", { class: "quote clamped", dir: "auto" }, citation.quote);
  const where = whereabouts(citation);
  clampObserver.observe(quote);
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
      quote,
      el(
        "button",
        { type: "button", class: "text-button", hidden: true, "aria-expanded": "false", onclick: toggleQuote },
        "Show more",
      ),
    ),
  );
}

function whereabouts({ page, headings }) {
  const heading = Array.isArray(headings) && headings.length ? headings[headings.length - 1] : "";
  return [Number.isInteger(page) ? `page ${page}` : "", heading].filter(Boolean).join(" · ");
}

function toggleQuote({ currentTarget: button }) {
  const isClamped = button.previousElementSibling.classList.toggle("clamped");
  button.setAttribute("aria-expanded", String(!isClamped));
  button.textContent = isClamped ? "Show more" : "Show less";
}
