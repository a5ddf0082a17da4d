/** What a reader can do with an answer: copy it with its footnotes, ask again, share the question, say if it helped. */
import { giveFeedback } from "../client/client.js";
import { el, iconButton } from "../dom.js";
import { resolveUrl } from "../links.js";
import { copyText } from "./copying.js";
import { FeedbackBar } from "./feedback.js";

const list = (value) => (Array.isArray(value) ? value : []);

/**
 * Return the row below an answer; none below a greeting.
 *
 * @param {object} surroundings As of a turn.
 * @param {{question: string, words: string}} turn
 * @param {object} answer
 * @param {object[]} citations
 */
export function answerActions(surroundings, turn, answer, citations) {
  if (!(answer.abstained || list(answer.sentences).length)) return [];
  const { t, connection, takesFeedback, onAskAgain } = surroundings;
  const said = el("span", { class: "note", role: "status" });
  const copy = async (event, text, done) => {
    said.textContent = (await copyText(text, event.currentTarget)) ? t(done) : "";
  };
  const row = el(
    "div",
    { class: "actions", part: "actions", role: "group", "aria-label": t("actions") },
    iconButton("copy", t("copyAnswer"), {
      onclick: (event) => copy(event, withFootnotes(turn.question, answer, citations, connection.address), "copied"),
    }),
    iconButton("again", t("askAgain"), { onclick: () => onAskAgain(turn.question) }),
    iconButton("share", t("share"), { onclick: (event) => copy(event, linkTo(turn.question), "linkCopied") }),
  );
  if (takesFeedback && answer.id) {
    const bar = new FeedbackBar(t, (feedback) => giveFeedback(connection, answer.id, feedback));
    row.append(...bar.buttons, said);
    return [row, bar.form];
  }
  row.append(said);
  return [row];
}

/** Return question, answer and footnotes as text, as people paste it into a mail. */
function withFootnotes(question, { answer }, citations, server) {
  const footnotes = citations.map(({ number, title, uri, page, quote, url }) => {
    const place = [title || uri, Number.isInteger(page) ? `p. ${page}` : ""].filter(Boolean).join(", ");
    const address = resolveUrl(server, url);
    return `[${number}] ${place}: “${quote}”${address ? `\n    ${address}` : ""}`;
  });
  return [question, answer, footnotes.join("\n")].filter(Boolean).join("\n\n");
}

/** Return the address of this page with the question in its fragment, which no server is told. */
function linkTo(question) {
  const url = new URL(location.href);
  url.hash = new URLSearchParams({ "footnote-ask": question });
  return url.href;
}
