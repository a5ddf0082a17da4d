/** What went wrong, as a text of the interface; what only the owner of the site can mend is told to the console. */

const TEXT_OF_CODE = {
  key_refused: "notSetUp",
  scope_missing: "notSetUp",
  too_many_wrong_keys: "notSetUp",
  collection_not_found: "notSetUp",
  origin_not_allowed: "notSetUp",
  visitor_refused: "notSignedIn",
  visitor_token: "notSignedIn",
  budget_spent: "budgetSpent",
};
// The server says in `detail` what is wrong with the question itself.
const ABOUT_THE_QUESTION = [400, 413, 422];

/**
 * `code` and `status` are the server's, where it answered at all; `retryAfter` is in seconds, 0 where nobody knows.
 * `message` is for the console.
 */
export class AskError extends Error {
  /** @param {keyof typeof import("../strings/en.js").EN} text */
  constructor(text, { code = "network", status = 0, retryAfter = 0, detail = "" } = {}) {
    super(`${code}: ${detail || text}`);
    this.text = text;
    this.code = code;
    this.status = status;
    this.retryAfter = retryAfter;
    this.detail = detail;
  }

  /** Whether the server would refuse the same request again. */
  get isFinal() {
    return this.status >= 400 && this.status < 500 && this.status !== 429;
  }

  /**
   * Say it to the reader; never where the server is.
   *
   * @param {import("../strings/strings.js").Translate} t
   */
  inWords(t) {
    return ABOUT_THE_QUESTION.includes(this.status) && this.detail ? this.detail : t(this.text);
  }
}

/** Turn a problem object (RFC 9457) into an AskError; what the reader is not told, the console is. */
export function problemToError(problem, status = 0, retryAfter = 0) {
  const { detail, title, code } = problem && typeof problem === "object" ? problem : {};
  const words = [detail, title].find((text) => typeof text === "string" && text.trim());
  const known = typeof code === "string" ? code : "unknown";
  const text = Object.hasOwn(TEXT_OF_CODE, known)
    ? TEXT_OF_CODE[known]
    : status === 429
      ? "tooManyQuestions"
      : "cannotAnswer";
  const error = new AskError(text, { code: known, status, retryAfter, detail: words });
  if (!ABOUT_THE_QUESTION.includes(status)) console.error(`footnote-chat: ${error.message}`);
  return error;
}

/** Turn a reply that is no success into an AskError. */
export async function refusal(response) {
  const seconds = Number(response.headers.get("Retry-After"));
  const problem = await response.json().catch(() => null);
  return problemToError(problem, response.status, Number.isFinite(seconds) && seconds > 0 ? seconds : 0);
}

/** The site gave something that cannot be sent; the console is told what, and never the value. */
export function mistakeOfSite(code, reason) {
  return problemToError({ code, detail: reason });
}
