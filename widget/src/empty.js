/** What the panel says before the first question. */
import { el, hiddenText } from "./dom.js";

/**
 * @param {string} server Its address without a slash at the end.
 * @param {string | null} greeting The first line.
 */
export function emptyState(server, greeting) {
  return el(
    "div",
    { class: "empty" },
    el("p", { class: "empty-heading" }, greeting || "What would you like to know?"),
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
