/** The small preview of a footnote beside its marker. One per chat; pointer, focus or touch brings it up. */
import { el, externalLink, hiddenText } from "./dom.js";
import { originalLink } from "./footnotes.js";

const GAP_PX = 8;
const HIDE_DELAY_MS = 160;

export class Popover {
  element = el("div", { class: "popover", id: "popover", role: "tooltip", hidden: true });
  #marker = null;
  #timer = 0;

  constructor() {
    this.element.addEventListener("pointerenter", () => clearTimeout(this.#timer));
    this.element.addEventListener("pointerleave", () => this.#hideSoon());
    this.element.addEventListener("focusout", () => this.#hideSoon());
  }

  /**
   * Make a marker show its citation here.
   *
   * @param {HTMLElement} marker
   * @param {{title: string, quote: string}} citation
   * @param {import("./footnotes.js").Links} links
   */
  attach(marker, citation, links) {
    const show = () => this.#show(marker, citation, links);
    marker.addEventListener("pointerenter", ({ pointerType }) => pointerType !== "touch" && show());
    marker.addEventListener("pointerleave", () => this.#hideSoon());
    // A finger's tap focuses the marker before its click; the click decides then.
    marker.addEventListener("focus", () => marker.matches(":focus-visible") && show());
    marker.addEventListener("blur", () => this.#hideSoon());
    marker.addEventListener("click", (event) => {
      if (event.pointerType !== "touch" || this.#marker === marker) return;
      event.preventDefault();
      show();
    });
  }

  hide() {
    clearTimeout(this.#timer);
    this.#marker?.removeAttribute("aria-describedby");
    this.#marker = null;
    this.element.hidden = true;
    document.removeEventListener("keydown", this.#hideOnEscape, true);
  }

  #show(marker, { title, quote }, { href, opens, original }) {
    if (this.#marker === marker) return clearTimeout(this.#timer);
    this.hide();
    this.#marker = marker;
    marker.setAttribute("aria-describedby", this.element.id);
    this.element.replaceChildren(
      el("div", { class: "popover-title", dir: "auto" }, title),
      el("div", { class: "popover-quote", dir: "auto" }, quote),
      // The marker itself and the footnote below the answer lead there by keyboard.
      el(
        "div",
        { class: "popover-links" },
        href ? externalLink(href, { tabindex: -1 }, opens, hiddenText(", opens in a new tab")) : null,
        original ? originalLink(original, { tabindex: -1 }) : null,
      ),
    );
    this.element.hidden = false;
    document.addEventListener("keydown", this.#hideOnEscape, true);
    this.#place(marker.getBoundingClientRect());
  }

  #place(marker) {
    const frame = this.element.offsetParent.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.element;
    const left = marker.left - frame.left + marker.width / 2 - width / 2;
    const above = marker.top - frame.top - height - GAP_PX;
    const below = marker.bottom - frame.top + GAP_PX;
    this.element.style.left = `${Math.max(GAP_PX, Math.min(left, frame.width - width - GAP_PX))}px`;
    this.element.style.top = `${above >= GAP_PX ? above : Math.min(below, frame.height - height - GAP_PX)}px`;
  }

  /** Wherever the focus is; the first Escape closes only this. */
  #hideOnEscape = (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    this.hide();
  };

  #hideSoon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.hide(), HIDE_DELAY_MS);
  }
}
