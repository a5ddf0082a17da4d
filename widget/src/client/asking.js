/** Asks one question and follows its answer, over a cut of the connection too: the answer goes on where it was. */
import { AskError, problemToError, refusal } from "./problems.js";
import { EventStreamParser } from "./sse.js";

/** The server sends something every 5 s. */
const MAX_SILENCE_MS = 15_000;
const PAUSES_MS = [500, 1000, 2000, 4000, 8000];
/** Who never was connected will hardly be in a second. */
const MAX_FIRST_TRIES = 2;
/** A server that stops or starts is there again in a moment. */
const PASSING = ["network", "incomplete", "stopping", "not_ready"];

/**
 * Ask one question and yield `{name, data}` events, `data` parsed, until the final one.
 *
 * `reconnecting` says that the connection is lost and another try follows. Where the server has to begin the answer
 * again, `meta` comes again.
 *
 * @param {import("./connection.js").Connection} connection
 * @param {{question: string, conversationId: string|null, key: string, signal: AbortSignal}} request The key names the
 *   answer: the server works it out once, however often it is asked for.
 * @throws {AskError} The server could not be reached, refused, or sent what is no answer.
 * @throws {DOMException} `AbortError`, when the signal said stop.
 */
export async function* ask(connection, request) {
  let lastId = "";
  let nLost = 0;
  for (;;) {
    try {
      for await (const { name, data, id } of readAnswer(connection, request, lastId)) {
        lastId = id || lastId;
        nLost = 0;
        if (name === "error" && isLost(data ?? {})) throw problemToError(data, data.status);
        if (data !== undefined) yield { name, data };
        if (name === "final" || name === "error") return;
      }
      throw new AskError("incomplete", { code: "incomplete" });
    } catch (error) {
      const pause = !lastId && nLost >= MAX_FIRST_TRIES ? undefined : PAUSES_MS[nLost];
      nLost++;
      if (!isLost(error) || pause === undefined) throw error;
      yield { name: "reconnecting", data: {} };
      await wait(Math.max(pause, error.retryAfter * 1000), request.signal);
    }
  }
}

/** Tell the server that nobody waits for an answer any more. */
export function giveUp(connection, key) {
  connection.fetch(`/v1/ask/${key}`, { method: "DELETE", keepalive: true }).catch(() => {});
}

/** What may come back: the network, a proxy's timeout, a stream that was cut, a server. */
function isLost({ code, status }) {
  return PASSING.includes(code) || [502, 504].includes(status);
}

async function* readAnswer(connection, { question, conversationId, key, signal }, lastId) {
  const response = await connection.fetch("/v1/ask", {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: "text/event-stream",
      "Idempotency-Key": key,
      ...(lastId ? { "Last-Event-ID": lastId } : {}),
    },
    body: JSON.stringify({ question, ...(conversationId ? { conversation_id: conversationId } : {}), stream: true }),
    signal,
  });
  if (!response.ok) throw await refusal(response);
  const mediaType = response.headers.get("Content-Type") || "";
  if (!mediaType.startsWith("text/event-stream") || !response.body) {
    throw new AskError("unreadable", { code: "not_an_answer" });
  }
  const parser = new EventStreamParser();
  const reader = response.body.getReader();
  try {
    for (;;) {
      const { done, value } = await connection.orLost(unlessSilent(reader.read()));
      if (done) return;
      for (const { name, data, id } of parser.push(value)) yield { name, id, data: parseJson(data) };
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** Reject if nothing comes for so long that the connection must be dead. */
async function unlessSilent(reading) {
  let timer;
  const silence = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new TypeError("silence")), MAX_SILENCE_MS);
  });
  return Promise.race([reading, silence]).finally(() => clearTimeout(timer));
}

/** A malformed event is skipped: undefined. */
function parseJson(text) {
  try {
    const data = JSON.parse(text);
    return data && typeof data === "object" ? data : undefined;
  } catch {
    return undefined;
  }
}

function wait(ms, signal) {
  return new Promise((resolve, reject) => {
    const ending = new AbortController();
    const finish = (action) => () => {
      clearTimeout(timer);
      ending.abort();
      action();
    };
    const go = finish(resolve);
    const timer = setTimeout(go, ms);
    addEventListener("online", go, { signal: ending.signal });
    const stop = finish(() => reject(new DOMException("Stopped", "AbortError")));
    signal.addEventListener("abort", stop, { signal: ending.signal });
  });
}
