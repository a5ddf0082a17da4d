/** What the widget asks of the server besides questions: how it is set up, feedback and conversations. */
import { refusal } from "./problems.js";

const MAX_WAIT_MS = 5000;

/** Return what the server says about itself; null where it does not say. */
export async function fetchSetup(connection) {
  try {
    const response = await call(connection, "/v1/widget", "GET");
    return response.ok ? await response.json() : null;
  } catch {
    return null;
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
