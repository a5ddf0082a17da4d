/** The questions that the widget asks the server, and the events that come back. */
import { EventStreamParser } from "./sse.js";

/** What went wrong, in words for the reader; `code` and `status` are the server's, where it answered at all. */
export class AskError extends Error {
  constructor(message, { code = "network", status = 0 } = {}) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/**
 * Ask one question and yield `{name, data}` events, `data` parsed, until the server ends the stream.
 *
 * @param {string} server Its address without a slash at the end.
 * @param {{question: string, conversationId: string|null, signal: AbortSignal}} request
 * @throws {AskError} The server could not be reached, refused, or sent what is no answer.
 * @throws {DOMException} `AbortError`, when the signal said stop.
 */
export async function* ask(server, { question, conversationId, signal }) {
  const response = await post(server, { question, conversationId, signal });
  if (!response.ok) throw await refusal(response);
  const mediaType = response.headers.get("Content-Type") || "";
  if (!mediaType.startsWith("text/event-stream") || !response.body) {
    throw new AskError("The server sent something that is not an answer.", { code: "not_an_answer" });
  }
  const parser = new EventStreamParser();
  const reader = response.body.getReader();
  try {
    for (;;) {
      const { done, value } = await orLost(server, reader.read());
      if (done) return;
      for (const { name, data } of parser.push(value)) {
        if (name !== "ping") yield { name, data: parseJson(data) };
      }
    }
  } finally {
    reader.cancel().catch(() => {});
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

function post(server, { question, conversationId, signal }) {
  const request = fetch(`${server}/v1/ask`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
    body: JSON.stringify({
      question,
      ...(conversationId ? { conversation_id: conversationId } : {}),
      stream: true,
    }),
    signal,
  });
  return orLost(server, request);
}

/** Say in words what fetch reports as a bare TypeError: no network, no server, or CORS. */
async function orLost(server, promise) {
  try {
    return await promise;
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new AskError(`${new URL(server).host} cannot be reached. Check the connection and try again.`);
  }
}

async function refusal(response) {
  return problemToError(await response.json().catch(() => null), response.status);
}

function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new AskError("The server sent something that is not an answer.", { code: "not_an_answer" });
  }
}
