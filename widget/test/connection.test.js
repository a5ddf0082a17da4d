import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { ask } from "../src/client/asking.js";
import { deleteConversation, fetchAnswers, giveFeedback } from "../src/client/client.js";
import { Connection } from "../src/client/connection.js";
import { VisitorToken } from "../src/client/visitor.js";

const ADDRESS = "https://answers.example";
const real = { fetch: globalThis.fetch, error: console.error };
let requests;
let told;

beforeEach(() => {
  told = [];
  console.error = (...words) => told.push(words.join(" "));
});
afterEach(() => {
  globalThis.fetch = real.fetch;
  console.error = real.error;
});

/** Answer one request after the other; the last reply is for all that follow. */
function replyWith(...replies) {
  requests = [];
  globalThis.fetch = async (url, options) => {
    requests.push({ url, ...options });
    return (replies.length > 1 ? replies.shift() : replies[0])();
  };
}

function connect(source = null, siteKey = "fn_pk_1") {
  const visitor = new VisitorToken();
  visitor.source = source;
  return new Connection(ADDRESS, { siteKey, visitor });
}

const problem = (code, status, detail = "The detail.", headers = {}) => () =>
  Response.json({ code, detail, status }, { status, headers });
const tokens = () => requests.map(({ headers }) => headers["X-Footnote-Visitor"]);
const conversation = () => Response.json({ turns: [] });
const sent = (request) => JSON.stringify([request.url, request.body]);

test("every request has the key of the site and the token of the visitor, and only in headers", async () => {
  replyWith(() => new Response("event: final\ndata: {}\n\n", { headers: { "Content-Type": "text/event-stream" } }));
  const connection = connect("a.b.c");

  for await (const event of ask(connection, { question: "Who?", key: "k".repeat(8), signal: new AbortController().signal })) assert.equal(event.name, "final");
  await fetchAnswers(connection, "c");
  await deleteConversation(connection, "c");
  await giveFeedback(connection, "a", { thumbs: "up" });
  await giveFeedback(connection, "a", null);

  assert.equal(requests.length, 5);
  for (const request of requests) {
    assert.equal(request.headers.Authorization, "Bearer fn_pk_1");
    assert.equal(request.headers["X-Footnote-Visitor"], "a.b.c");
    assert.doesNotMatch(sent(request), /fn_pk|a\.b\.c/);
  }
  assert.equal(requests[0].headers.Accept, "text/event-stream");
  assert.equal(requests[3].headers["Content-Type"], "application/json");
});

test("without a key and a token no header is sent", async () => {
  replyWith(conversation);

  await fetchAnswers(new Connection(ADDRESS), "c");

  assert.deepEqual(requests[0].headers, {});
});

for (const nobody of [null, undefined, "", () => null, async () => ""]) {
  test(`a visitor who is not signed in sends no token: ${nobody}`, async () => {
    replyWith(conversation);

    await fetchAnswers(connect(nobody), "c");

    assert.deepEqual(tokens(), [undefined]);
  });
}

test("a function is asked once, and once again when its token is refused", async () => {
  replyWith(conversation, problem("visitor_refused", 401), conversation);
  let asked = 0;
  const connection = connect(async () => `a.b.${++asked}`);

  await fetchAnswers(connection, "c");
  await fetchAnswers(connection, "c");
  await fetchAnswers(connection, "c");

  assert.deepEqual(tokens(), ["a.b.1", "a.b.1", "a.b.2", "a.b.2"]);
});

test("a token that is refused again is an error, not a third request", async () => {
  replyWith(problem("visitor_refused", 401, "it has expired"));
  let asked = 0;

  await assert.rejects(fetchAnswers(connect(() => `a.b.${++asked}`), "c"), {
    text: "notSignedIn",
    code: "visitor_refused",
    status: 401,
  });

  assert.equal(requests.length, 2);
  assert.deepEqual(told, ["footnote-chat: visitor_refused: it has expired"]);
});

test("two requests with the same refused token get one new one", async () => {
  replyWith(problem("visitor_refused", 401), problem("visitor_refused", 401), conversation);
  let asked = 0;
  const connection = connect(async () => `a.b.${++asked}`);

  await Promise.all([fetchAnswers(connection, "c"), fetchAnswers(connection, "d")]);

  assert.deepEqual(tokens(), ["a.b.1", "a.b.1", "a.b.2", "a.b.2"]);
  assert.equal(asked, 2);
});

test("a fixed token, a missing one and another refusal are not tried again", async () => {
  for (const [source, code] of [["a.b.c", "visitor_refused"], [() => null, "visitor_refused"], [() => "a.b.c", "key_refused"]]) {
    replyWith(problem(code, 401));
    await assert.rejects(fetchAnswers(connect(source), "c"), { code });
    assert.equal(requests.length, 1);
  }
});

test("another visitor's token takes the place of the first", async () => {
  replyWith(conversation);
  const visitor = new VisitorToken();
  const connection = new Connection(ADDRESS, { visitor });
  for (const source of ["a.b.c", () => "d.e.f", null]) {
    visitor.source = source;
    await fetchAnswers(connection, "c");
  }

  assert.deepEqual(tokens(), ["a.b.c", "d.e.f", undefined]);
});

for (const source of [
  "a b",
  "a.b.c\nX: y",
  "a.b.\u0142",
  () => 5,
  async () => ({ token: "a.b.c" }),
  () => {
    throw new Error("secret-token");
  },
  () => Promise.reject(new Error("secret-token")),
]) {
  test(`what is no token is not sent, nor told: ${source}`, async () => {
    replyWith(conversation);
    const connection = connect(source);

    await assert.rejects(fetchAnswers(connection, "c"), { code: "visitor_token" });

    assert.deepEqual(requests, []);
    assert.match(told.join(), /^footnote-chat: visitor_token: visitorToken (failed|is not a JWT)$/);
  });
}

test("a function that failed is asked again at the next request", async () => {
  replyWith(conversation);
  const replies = [() => Promise.reject(new Error("offline")), () => "a.b.c"];
  const connection = connect(() => replies.shift()());
  await assert.rejects(fetchAnswers(connection, "c"));

  await fetchAnswers(connection, "c");

  assert.deepEqual(tokens(), ["a.b.c"]);
});

test("a question whose token never comes can be stopped", async () => {
  replyWith(conversation);
  const stopping = new AbortController();
  const asking = ask(connect(() => new Promise(() => {})), { question: "Who?", signal: stopping.signal }).next();
  stopping.abort();

  await assert.rejects(asking, { name: "AbortError" });
  assert.deepEqual(requests, []);
});

test("a key that cannot be a header is not sent", async () => {
  replyWith(conversation);

  await assert.rejects(fetchAnswers(connect(null, "fn_pk\n1"), "c"), { code: "key_refused" });

  assert.deepEqual(requests, []);
});

for (const [code, status] of [
  ["key_refused", 401],
  ["scope_missing", 403],
  ["too_many_wrong_keys", 429],
  ["collection_not_found", 404],
]) {
  test(`the reader is told in plain words, and the console in the server's: ${code}`, async () => {
    replyWith(problem(code, status, "`rag keys list` shows which", { "Retry-After": "6" }));

    await assert.rejects(fetchAnswers(connect(), "c"), {
      text: "notSetUp",
      code,
      status,
    });

    assert.deepEqual(told, [`footnote-chat: ${code}: \`rag keys list\` shows which`]);
  });
}

for (const [code, text] of [
  ["rate_limited", "tooManyQuestions"],
  ["server_busy", "tooManyQuestions"],
  ["budget_spent", "budgetSpent"],
]) {
  test(`what may be asked later says when: ${code}`, async () => {
    replyWith(problem(code, 429, "the key asked too often", { "Retry-After": "130" }));

    await assert.rejects(fetchAnswers(connect(), "c"), { text, status: 429, retryAfter: 130 });

    assert.deepEqual(told, [`footnote-chat: ${code}: the key asked too often`]);
  });
}

for (const header of ["soon", "-5", "Thu, 03 Dec 2026 10:00:00 GMT"]) {
  test(`a time to wait that is no number of seconds is none: ${header}`, async () => {
    replyWith(problem("rate_limited", 429, "x", { "Retry-After": header }));

    await assert.rejects(fetchAnswers(connect(), "c"), { retryAfter: 0 });
  });
}

test("a code that is a name of every object is no code of ours", async () => {
  replyWith(problem("constructor", 400, "The detail."));

  await assert.rejects(fetchAnswers(connect(), "c"), { detail: "The detail.", code: "constructor" });
});
