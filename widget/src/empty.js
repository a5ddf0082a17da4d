/** What the panel says before the first question. */
import { el, hiddenText } from "./dom.js";

/**
 * @param {string | null} documentsUrl The list of documents, if the reader may open it.
 * @param {string | null} greeting The first line.
 */
export function emptyState(documentsUrl, greeting) {
  return el(
    "div",
    { class: "empty" },
    el("p", { class: "empty-heading" }, greeting || "What would you like to know?"),
    el(
      "p",
      {},
      "Answers come only from the documents, and every sentence has a footnote that opens the words it rests on.",
    ),
    documentsUrl
      ? el(
          "p",
          {},
          el(
            "a",
            { href: documentsUrl, target: "_blank", rel: "noopener" },
            "See the documents",
            hiddenText(", opens in a new tab"),
          ),
        )
      : null,
  );
}
