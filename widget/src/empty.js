/** What the panel says before the first question. */
import { el, hiddenText } from "./dom.js";

/** @param {string} server Its address without a slash at the end. */
export function emptyState(server) {
  return el(
    "div",
    { class: "empty" },
    el("p", { class: "empty-heading" }, "What would you like to know?"),
    el(
      "p",
      {},
      "Answers come only from the documents, and every sentence has a footnote that opens the words it rests on.",
    ),
    el(
      "p",
      {},
      el(
        "a",
        { href: `${server}/documents`, target: "_blank", rel: "noopener" },
        "See the documents",
        hiddenText(", opens in a new tab"),
      ),
    ),
  );
}
