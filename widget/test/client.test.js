import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { deleteConversation, fetchAnswers, fetchSetup } from "../src/client/client.js";
import { Connection } from "../src/client/connection.js";
import { problemToError } from "../src/client/problems.js";
import { translator } from "../src/strings/strings.js";

const SERVER = new Connection("https://answers.example");
const realFetch = globalThis.fetch;
const say = translator("en", {});
console.error = () => {};
afterEach(() => {
  globalThis.fetch = realFetch;
});

test("what is wrong with a question is told in the server's words, and the title stands in for a missing detail", () => {
  assert.equal(problemToError({ title: "Too long", detail: "It has 5,000 characters." }, 422).inWords(say), "It has 5,000 characters.");
  assert.equal(problemToError({ title: "Too long", detail: null }, 422).inWords(say), "Too long");
});

test("what is wrong with the server is not", () => {
  const error = problemToError({ detail: "10.0.0.7:8081 refuses connections", code: "not_ready" }, 503);

  assert.equal(error.inWords(say), "The assistant cannot answer right now.");
  assert.equal(error.code, "not_ready");
});

test("how the server is set up is asked, and what fails is none", async () => {
  const requests = answerAllWith(Response.json({ suggestions: ["Why?"] }));
  assert.deepEqual(await fetchSetup(SERVER), { suggestions: ["Why?"] });
  assert.deepEqual(requests, ["GET https://answers.example/v1/widget"]);

  answerAllWith(new Response("", { status: 404 }));
  assert.equal(await fetchSetup(SERVER), null);
  answerAllWith(new TypeError("Failed to fetch"));
  assert.equal(await fetchSetup(SERVER), null);
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

  await assert.rejects(fetchAnswers(SERVER, "c"), { detail: "It was deleted.", status: 404 });
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
  await assert.rejects(deleteConversation(SERVER, "c"), { detail: "Not now." });

  answerAllWith(new TypeError("Failed to fetch"));
  await assert.rejects(deleteConversation(SERVER, "c"), { message: /answers\.example cannot be reached/ });
});
