/** The card of a footnote: a pointer over its marker previews it, a press pins it. One per panel. */
import { el, iconButton } from "../dom.js";
import { COVERS_THE_PAGE } from "../screen.js";
import { citationLinks, whereabouts } from "./footnotes.js";

const GAP_PX = 8;
const HIDE_DELAY_MS = 160;

export class Card {
  element = el("div", { class: "card scrolls", part: "card", id: "card", role: "dialog", hidden: true });
  #t;
  #marker = null;
  #isPinned = false;
  #timer = 0;

  /** @param {import("../strings/strings.js").Translate} t */
  constructor(t) {
    this.#t = t;
    this.element.addEventListener("pointerenter", () => clearTimeout(this.#timer));
    this.element.addEventListener("pointerleave", () => this.#hideSoon());
    this.element.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /**
   * Make a marker show its citation here.
   *
   * @param {HTMLElement} marker
   * @param {{title: string, quote: string}} citation
   * @param {import("./footnotes.js").Source} source
   */
  attach(marker, citation, source) {
    const show = (isPinned) => this.#show(marker, citation, source, isPinned);
    marker.addEventListener("pointerenter", ({ pointerType }) => {
      if (pointerType === "mouse" && !this.#isPinned) show(false);
    });
    marker.addEventListener("pointerleave", () => this.#hideSoon());
    marker.addEventListener("keydown", (event) => this.#onKey(event));
    marker.addEventListener("click", (event) => {
      if (this.#marker === marker && this.#isPinned) return this.hide();
      show(true);
      // A key has no place on the screen: whoever pressed one goes on in the card.
      if (event.detail === 0) this.element.querySelector("a, button:not(.card-close)")?.focus();
    });
  }

  hide() {
    clearTimeout(this.#timer);
    this.#marker?.setAttribute("aria-expanded", "false");
    this.#marker = null;
    this.#isPinned = false;
    this.element.hidden = true;
    document.removeEventListener("pointerdown", this.#hideOutside, true);
  }

  /** The conversation scrolls: a preview goes, and what is pinned stays beside its marker while that is in view. */
  follow() {
    if (!this.#marker) return;
    const marker = this.#marker.getBoundingClientRect();
    const log = this.#marker.closest(".log").getBoundingClientRect();
    const isInView = marker.bottom > log.top && marker.top < log.bottom;
    if (!this.#isPinned || !isInView) this.hide();
    else if (!matchMedia(COVERS_THE_PAGE).matches) this.#place(this.#marker);
  }

  #show(marker, citation, source, isPinned) {
    clearTimeout(this.#timer);
    if (this.#marker !== marker) {
      this.hide();
      this.#marker = marker;
      this.#fill(citation, source);
    }
    this.#isPinned = isPinned;
    marker.setAttribute("aria-expanded", "true");
    this.element.hidden = false;
    this.element.classList.toggle("pinned", isPinned);
    if (isPinned) document.addEventListener("pointerdown", this.#hideOutside, true);
    this.#place(marker);
  }

  #fill(citation, source) {
    const t = this.#t;
    const { number, title, uri, quote } = citation;
    const name = title || uri;
    const where = whereabouts(t, citation);
    this.element.setAttribute("aria-label", t("footnote", { n: number, title: name }));
    this.element.replaceChildren(
      el(
        "div",
        { class: "card-head" },
        el("p", { class: "card-title", dir: "auto" }, name),
        iconButton("close", t("close"), { class: "icon-button card-close", onclick: () => this.#leave() }),
      ),
      ...(where ? [el("p", { class: "where", dir: "auto" }, where)] : []),
      ...(source.isSaid ? [] : [el("blockquote", { class: "card-quote", dir: "auto" }, String(quote))]),
      citationLinks(t, citation, source),
    );
  }

  /** Below the sentence or above it, never over it; on a small screen it is a sheet at the bottom. */
  #place(marker) {
    const { style } = this.element;
    for (const side of ["left", "top", "bottom", "max-height"]) style.removeProperty(side);
    if (matchMedia(COVERS_THE_PAGE).matches) return this.#scrollAbove(marker);
    const frame = this.element.offsetParent.getBoundingClientRect();
    const scale = frame.width / this.element.offsetParent.offsetWidth || 1;
    const sentence = sentenceOf(marker).getBoundingClientRect();
    const at = marker.getBoundingClientRect();
    const width = this.element.offsetWidth;
    const roomBelow = (frame.bottom - sentence.bottom) / scale - 2 * GAP_PX;
    const roomAbove = (sentence.top - frame.top) / scale - 2 * GAP_PX;
    const isBelow = roomBelow >= Math.min(this.element.offsetHeight, roomAbove);
    const left = (at.left + at.width / 2 - frame.left) / scale - width / 2;
    style.left = `${Math.max(GAP_PX, Math.min(left, frame.width / scale - width - GAP_PX))}px`;
    style.maxHeight = `${Math.max(isBelow ? roomBelow : roomAbove, 96)}px`;
    if (isBelow) style.top = `${(sentence.bottom - frame.top) / scale + GAP_PX}px`;
    else style.bottom = `${(frame.bottom - sentence.top) / scale + GAP_PX}px`;
  }

  #scrollAbove(marker) {
    const log = marker.closest(".log");
    const hidden = marker.getBoundingClientRect().bottom + GAP_PX - this.element.getBoundingClientRect().top;
    if (log && hidden > 0) log.scrollTop += hidden;
  }

  #leave() {
    const marker = this.#marker;
    this.hide();
    marker?.focus({ preventScroll: true });
  }

  /** The first Escape closes only this. */
  #onKey(event) {
    if (event.key !== "Escape" || !this.#marker) return;
    event.stopPropagation();
    this.#leave();
  }

  #hideOutside = (event) => {
    const path = event.composedPath();
    if (!path.includes(this.element) && !path.includes(this.#marker)) this.hide();
  };

  #hideSoon() {
    clearTimeout(this.#timer);
    if (!this.#isPinned) this.#timer = setTimeout(() => this.hide(), HIDE_DELAY_MS);
  }
}

/** Return the words that a marker stands behind, back to the last other marker in the same block. */
function sentenceOf(marker) {
  const sup = marker.closest("sup");
  const block = sup.closest("p, li, td, th, blockquote, h3") ?? sup.parentElement;
  const earlier = [...block.querySelectorAll("sup")].filter(
    (other) => other.compareDocumentPosition(sup) & Node.DOCUMENT_POSITION_FOLLOWING,
  );
  const range = document.createRange();
  range.setStart(block, 0);
  // Markers that stand side by side belong to one sentence.
  const last = earlier.findLast((other) => !isNextTo(other, sup));
  if (last) range.setStartAfter(last);
  range.setEndAfter(sup);
  return range;
}

function isNextTo(earlier, later) {
  const between = document.createRange();
  between.setStartAfter(earlier);
  between.setEndBefore(later);
  return between.toString().replace(/\d/g, "").trim() === "";
}
