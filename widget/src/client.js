/** What the widget asks of the server: questions, feedback, and conversations to show again or delete. */
import { EventStreamParser } from "./sse.js";

const MAX_WAIT_MS = 5000;

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

/**
 * Return the answers of a conversation, oldest first, each as it was given.
 *
 * @throws {AskError} It cannot be fetched; `status` is 404 where it is no longer there.
 */
export async function fetchAnswers(server, conversationId) {
  const response = await callConversation(server, conversationId, "GET");
  const conversation = await response.json().catch(() => null);
  if (!response.ok) throw problemToError(conversation, response.status);
  return (Array.isArray(conversation?.turns) ? conversation.turns : []).map(({ answer }) => answer).filter(Boolean);
}

/** Delete a conversation for good; one that is gone already is no error. */
export async function deleteConversation(server, conversationId) {
  const response = await callConversation(server, conversationId, "DELETE");
  if (!response.ok && response.status !== 404) throw await refusal(response);
}

/** Store what the reader thinks of an answer in place of what was stored; null takes it back. */
export async function giveFeedback(server, answerId, feedback) {
  const path = "/v1/feedback";
  const response = feedback
    ? await call(server, path, "POST", { answer_id: answerId, ...feedback })
    : await call(server, `${path}/${encodeURIComponent(answerId)}`, "DELETE");
  if (!response.ok) throw await refusal(response);
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

function callConversation(server, id, method) {
  return call(server, `/v1/conversations/${encodeURIComponent(id)}`, method);
}

async function call(server, path, method, body) {
  const waiting = new AbortController();
  const timer = setTimeout(() => waiting.abort(), MAX_WAIT_MS);
  try {
    const content = body && { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
    return await fetch(server + path, { method, signal: waiting.signal, ...content });
  } catch {
    throw unreachable(server);
  } finally {
    clearTimeout(timer);
  }
}

/** Say in words what fetch reports as a bare TypeError: no network, no server, or CORS. */
async function orLost(server, promise) {
  try {
    return await promise;
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw unreachable(server);
  }
}

function unreachable(server) {
  return new AskError(`${new URL(server).host} cannot be reached. Check the connection and try again.`);
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
