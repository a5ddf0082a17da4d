/** What the panel says before the first question: what it does, what can be asked, who writes and what is kept. */
import { el, hiddenText } from "../dom.js";

/**
 * @param {import("../strings/strings.js").Translate} t
 * @param {{documentsUrl: string|null, greeting: string|null, suggestions: string[], isAi: boolean,
 *   retentionDays: number|null|undefined, onAsk: (question: string) => void}} what The list of documents, if the reader
 *   may open it; the first line; questions that a press asks.
 */
export function emptyState(t, { documentsUrl, greeting, suggestions, isAi, retentionDays, onAsk }) {
  const about = [
    isAi ? t("writtenByAi") : "",
    Number.isInteger(retentionDays) && retentionDays > 0 ? t("kept", { n: retentionDays }) : "",
  ].filter(Boolean);
  return el(
    "div",
    { class: "empty", part: "empty" },
    el("p", { class: "empty-heading", dir: "auto" }, greeting || t("greeting")),
    el("p", {}, t("promise")),
    suggestions.length ? suggestionList(t, suggestions.slice(0, 3), onAsk) : null,
    documentsUrl
      ? el(
          "p",
          {},
          el("a", { href: documentsUrl, target: "_blank", rel: "noopener" }, t("seeDocuments"), hiddenText(t("newTab"))),
        )
      : null,
    about.length ? el("p", { class: "about", part: "about" }, about.join(" ")) : null,
  );
}

function suggestionList(t, suggestions, onAsk) {
  const items = suggestions.map((question) =>
    el(
      "li",
      {},
      el("button", { type: "button", class: "suggestion", part: "suggestion", dir: "auto", onclick: () => onAsk(question) }, String(question)),
    ),
  );
  return el("ul", { class: "suggestions", role: "list", "aria-label": t("suggestions") }, ...items);
}
