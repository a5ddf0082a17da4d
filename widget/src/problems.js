/** What went wrong, in words for the reader. What only the owner of the site can mend is told to the console. */

const SET_UP_WRONG = "This chat is not set up correctly. Please tell the owner of this site.";
const NOT_SIGNED_IN = "Your sign-in could not be confirmed. Reload the page and try again.";
const WORDS_BY_CODE = {
  key_refused: SET_UP_WRONG,
  scope_missing: SET_UP_WRONG,
  too_many_wrong_keys: SET_UP_WRONG,
  collection_not_found: SET_UP_WRONG,
  visitor_refused: NOT_SIGNED_IN,
  visitor_token: NOT_SIGNED_IN,
};
const UNITS = [
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

/** What went wrong, in words for the reader; `code` and `status` are the server's, where it answered at all. */
export class AskError extends Error {
  constructor(message, { code = "network", status = 0 } = {}) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** Turn a problem object (RFC 9457) into an AskError. */
export function problemToError(problem, status = 0) {
  const { detail, title, code } = problem && typeof problem === "object" ? problem : {};
  const words = [detail, title].find((text) => typeof text === "string" && text.trim());
  return new AskError(words || `The server could not answer${status ? ` (HTTP ${status})` : ""}.`, {
    code: typeof code === "string" ? code : "unknown",
    status,
  });
}

/** Turn a reply that is no success into an AskError; what the reader is not told, the console is. */
export async function refusal(response) {
  const error = problemToError(await response.json().catch(() => null), response.status);
  return inPlainWords(error, Number(response.headers.get("Retry-After")));
}

/** The site gave something that cannot be sent; the console is told what, and never the value. */
export function mistakeOfSite(code, reason) {
  return inPlainWords(new AskError(reason, { code }));
}

function inPlainWords({ message, code, status }, secondsToWait = 0) {
  const isBusy = status === 429 && secondsToWait > 0;
  const words = Object.hasOwn(WORDS_BY_CODE, code)
    ? WORDS_BY_CODE[code]
    : isBusy && `Too many questions are being asked right now. Try again in ${duration(secondsToWait)}.`;
  if (words) console.error(`footnote-chat: ${code}: ${message}`);
  return new AskError(words || message, { code, status });
}

/** Round up to the largest unit of which there are two: "90 seconds", "3 minutes". */
function duration(seconds) {
  const [unit, size] = UNITS.find(([, size]) => seconds >= 2 * size) || UNITS[2];
  const n = Math.ceil(seconds / size);
  return `${n} ${unit}${n === 1 ? "" : "s"}`;
}
