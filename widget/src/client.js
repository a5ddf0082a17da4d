/** What the widget asks of the server: questions, feedback, and conversations to show again or delete. */
import { AskError, refusal } from "./problems.js";
import { EventStreamParser } from "./sse.js";

const MAX_WAIT_MS = 5000;

/**
 * Ask one question and yield `{name, data}` events, `data` parsed, until the server ends the stream.
 *
 * @param {import("./connection.js").Connection} connection
 * @param {{question: string, conversationId: string|null, signal: AbortSignal}} request
 * @throws {AskError} The server could not be reached, refused, or sent what is no answer.
 * @throws {DOMException} `AbortError`, when the signal said stop.
 */
export async function* ask(connection, { question, conversationId, signal }) {
  const response = await connection.fetch("/v1/ask", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
    body: JSON.stringify({
      question,
      ...(conversationId ? { conversation_id: conversationId } : {}),
      stream: true,
    }),
    signal,
  });
  if (!response.ok) throw await refusal(response);
  const mediaType = response.headers.get("Content-Type") || "";
  if (!mediaType.startsWith("text/event-stream") || !response.body) {
    throw new AskError("The server sent something that is not an answer.", { code: "not_an_answer" });
  }
  const parser = new EventStreamParser();
  const reader = response.body.getReader();
  try {
    for (;;) {
      const { done, value } = await connection.orLost(reader.read());
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
export async function fetchAnswers(connection, conversationId) {
  const response = await callConversation(connection, conversationId, "GET");
  if (!response.ok) throw await refusal(response);
  const conversation = await response.json().catch(() => null);
  return (Array.isArray(conversation?.turns) ? conversation.turns : []).map(({ answer }) => answer).filter(Boolean);
}

/** Delete a conversation for good; one that is gone already is no error. */
export async function deleteConversation(connection, conversationId) {
  const response = await callConversation(connection, conversationId, "DELETE");
  if (!response.ok && response.status !== 404) throw await refusal(response);
}

/** Store what the reader thinks of an answer in place of what was stored; null takes it back. */
export async function giveFeedback(connection, answerId, feedback) {
  const path = "/v1/feedback";
  const response = feedback
    ? await call(connection, path, "POST", { answer_id: answerId, ...feedback })
    : await call(connection, `${path}/${encodeURIComponent(answerId)}`, "DELETE");
  if (!response.ok) throw await refusal(response);
}

function callConversation(connection, id, method) {
  return call(connection, `/v1/conversations/${encodeURIComponent(id)}`, method);
}

async function call(connection, path, method, body) {
  const waiting = new AbortController();
  const timer = setTimeout(() => waiting.abort(), MAX_WAIT_MS);
  try {
    const content = body && { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
    return await connection.fetch(path, { method, signal: waiting.signal, ...content });
  } catch (error) {
    throw error.name === "AbortError" ? connection.unreachable() : error;
  } finally {
    clearTimeout(timer);
  }
}

function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new AskError("The server sent something that is not an answer.", { code: "not_an_answer" });
  }
}
