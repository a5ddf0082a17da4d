import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { ask, deleteConversation, fetchAnswers } from "../src/client/client.js";
import { Connection } from "../src/client/connection.js";
import { problemToError } from "../src/client/problems.js";

const SERVER = new Connection("https://answers.example");
const realFetch = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = realFetch;
});

async function askWith(response, conversationId = null) {
  const requests = [];
  globalThis.fetch = async (url, options) => {
    requests.push({ url, options });
    if (response instanceof Error) throw response;
    return response;
  };
  const events = [];
  for await (const event of ask(SERVER, { question: "Who?", conversationId, signal: undefined })) events.push(event);
  return { events, requests };
}

const stream = (text) => new Response(text, { headers: { "Content-Type": "text/event-stream; charset=utf-8" } });

test("the question goes out and the events come back without pings", async () => {
  const { events, requests } = await askWith(
    stream('event: ping\ndata:\n\nevent: delta\ndata: {"text":"Hi."}\n\nevent: final\ndata: {"answer":"Hi."}\n\n'),
    "c1",
  );

  assert.equal(requests[0].url, "https://answers.example/v1/ask");
  assert.deepEqual(JSON.parse(requests[0].options.body), { question: "Who?", conversation_id: "c1", stream: true });
  assert.deepEqual(events, [
    { name: "delta", data: { text: "Hi." } },
    { name: "final", data: { answer: "Hi." } },
  ]);
});

test("a problem object is told in its own words", async () => {
  const problem = { title: "Too many", detail: "Try again in 5 seconds.", code: "rate_limited", status: 429 };
  const response = new Response(JSON.stringify(problem), {
    status: 429,
    headers: { "Content-Type": "application/problem+json" },
  });

  await assert.rejects(askWith(response), { message: "Try again in 5 seconds.", code: "rate_limited", status: 429 });
});

test("an error page that is no problem object is told by its status", async () => {
  const response = new Response("<html>Bad gateway</html>", { status: 502 });

  await assert.rejects(askWith(response), { message: "The server could not answer (HTTP 502).", status: 502 });
});

test("a lost network is told in plain words", async () => {
  await assert.rejects(askWith(new TypeError("Failed to fetch")), {
    message: "answers.example cannot be reached. Check the connection and try again.",
  });
});

test("a page that is no event stream is no answer", async () => {
  await assert.rejects(askWith(new Response("<html>")), { code: "not_an_answer" });
});

test("data that is no JSON is no answer", async () => {
  await assert.rejects(askWith(stream("event: delta\ndata: {\n\n")), { code: "not_an_answer" });
});

test("the title stands in for a missing detail", () => {
  assert.equal(problemToError({ title: "Index missing", detail: null }).message, "Index missing");
});

function answerAllWith(response) {
  const requests = [];
  globalThis.fetch = async (url, options) => {
    requests.push(`${options.method} ${url}`);
    if (response instanceof Error) throw response;
    return response;
  };
  return requests;
}

test("a conversation's answers come back in order, and its id never leaves its place in the path", async () => {
  const requests = answerAllWith(Response.json({ turns: [{ answer: { id: "1" } }, {}, { answer: { id: "2" } }] }));

  assert.deepEqual(await fetchAnswers(SERVER, "../x"), [{ id: "1" }, { id: "2" }]);
  assert.deepEqual(requests, ["GET https://answers.example/v1/conversations/..%2Fx"]);
});

test("a conversation that is gone is told by its status", async () => {
  answerAllWith(Response.json({ detail: "It was deleted.", code: "conversation_not_found" }, { status: 404 }));

  await assert.rejects(fetchAnswers(SERVER, "c"), { message: "It was deleted.", status: 404 });
});

test("what is no conversation has no answers", async () => {
  answerAllWith(new Response("<html>"));

  assert.deepEqual(await fetchAnswers(SERVER, "c"), []);
});

test("a conversation is deleted, also where it is gone already", async () => {
  const requests = answerAllWith(new Response(null, { status: 204 }));
  await deleteConversation(SERVER, "c");
  answerAllWith(Response.json({}, { status: 404 }));
  await deleteConversation(SERVER, "c");

  assert.deepEqual(requests, ["DELETE https://answers.example/v1/conversations/c"]);
});

test("a conversation that could not be deleted is said not to be", async () => {
  answerAllWith(Response.json({ detail: "Not now." }, { status: 503 }));
  await assert.rejects(deleteConversation(SERVER, "c"), { message: "Not now." });

  answerAllWith(new TypeError("Failed to fetch"));
  await assert.rejects(deleteConversation(SERVER, "c"), { message: /answers\.example cannot be reached/ });
});
