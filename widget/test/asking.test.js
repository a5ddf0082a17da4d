import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { ask, giveUp } from "../src/client/asking.js";
import { Connection } from "../src/client/connection.js";

const SERVER = new Connection("https://answers.example");
const KEY = "0123456789abcdef";
const real = { fetch: globalThis.fetch, setTimeout: globalThis.setTimeout };
let requests;
let pauses;

beforeEach(() => {
  console.error = () => {};
  globalThis.addEventListener = () => {};
  pauses = [];
  // Who waits for another try waits no time here; who waits for silence waits for ever.
  globalThis.setTimeout = (action, ms) => {
    if (ms === 15_000) return undefined;
    pauses.push(ms);
    return real.setTimeout(action, 0);
  };
});
afterEach(() => Object.assign(globalThis, real));

/** Ask with these replies, the last one for all that follow; returns the events. */
async function askWith(...replies) {
  requests = [];
  globalThis.fetch = async (url, options) => {
    requests.push({ url, ...options });
    const reply = replies.length > 1 ? replies.shift() : replies[0];
    if (reply instanceof Error) throw reply;
    return typeof reply === "function" ? reply() : reply;
  };
  const events = [];
  const { signal } = new AbortController();
  for await (const event of ask(SERVER, { question: "Who?", conversationId: "c1", key: KEY, signal })) events.push(event);
  return events;
}

const stream = (text) => () => new Response(text, { headers: { "Content-Type": "text/event-stream; charset=utf-8" } });
const problem = (code, status, headers = {}) => () => Response.json({ code, detail: "x", status }, { status, headers });
const names = (events) => events.map(({ name }) => name);
const FINAL = 'id: 9\nevent: final\ndata: {"answer":"Hi."}\n\n';

test("the question goes out with its key and the events come back", async () => {
  const events = await askWith(stream(`id: 1\nevent: delta\ndata: {"text":"Hi."}\n\n${FINAL}`));

  assert.equal(requests[0].url, "https://answers.example/v1/ask");
  assert.deepEqual(JSON.parse(requests[0].body), { question: "Who?", conversation_id: "c1", stream: true });
  assert.equal(requests[0].headers["Idempotency-Key"], KEY);
  assert.equal(requests[0].headers["Last-Event-ID"], undefined);
  assert.deepEqual(events, [
    { name: "delta", data: { text: "Hi." } },
    { name: "final", data: { answer: "Hi." } },
  ]);
});

test("an answer that is cut goes on where it was, by the same key", async () => {
  const events = await askWith(
    stream('id: 1\nevent: meta\ndata: {}\n\nid: 2\nevent: delta\ndata: {"text":"Hi"}\n\nid: 3\nevent: del'),
    new TypeError("Failed to fetch"),
    stream(FINAL),
  );

  assert.deepEqual(names(events), ["meta", "delta", "reconnecting", "reconnecting", "final"]);
  assert.deepEqual(requests.map(({ headers }) => headers["Last-Event-ID"]), [undefined, "2", "2"]);
  assert.deepEqual(new Set(requests.map(({ headers }) => headers["Idempotency-Key"])), new Set([KEY]));
});

test("what is never answered is given up after some tries, and sooner if it never began", async () => {
  await assert.rejects(askWith(new TypeError("Failed to fetch")), { text: "unreachable", code: "network" });
  assert.equal(requests.length, 3);
  assert.deepEqual(pauses, [500, 1000]);

  pauses = [];
  await assert.rejects(askWith(stream("id: 1\nevent: meta\ndata: {}\n\n"), new TypeError("cut")), { code: "network" });
  assert.deepEqual(pauses, [500, 1000, 2000, 4000, 8000]);
});

test("a server that is not ready yet is waited for as long as it says", async () => {
  const events = await askWith(problem("not_ready", 503, { "Retry-After": "3" }), stream(FINAL));

  assert.deepEqual(names(events), ["reconnecting", "final"]);
  assert.deepEqual(pauses, [3000]);
});

test("a server that stops in mid-answer is asked again, and any other error ends the answer", async () => {
  const error = (code) => `id: 1\nevent: meta\ndata: {}\n\nevent: error\ndata: {"code":"${code}","status":503}\n\n`;

  assert.deepEqual(names(await askWith(stream(error("stopping")), stream(FINAL))), ["meta", "reconnecting", "final"]);
  assert.deepEqual(names(await askWith(stream(error("internal_error")))), ["meta", "error"]);
  assert.equal(requests.length, 1);
});

test("a refusal is not tried again", async () => {
  for (const [code, status, text] of [
    ["rate_limited", 429, "tooManyQuestions"],
    ["internal_error", 500, "cannotAnswer"],
    ["key_refused", 401, "notSetUp"],
  ]) {
    await assert.rejects(askWith(problem(code, status)), { code, status, text });
    assert.equal(requests.length, 1);
  }
});

test("an error page that is no problem object is told by its status", async () => {
  const refused = () => new Response("<html>Bad request</html>", { status: 404 });

  await assert.rejects(askWith(refused), { code: "unknown", status: 404, text: "cannotAnswer" });
});

test("a page that is no event stream is no answer", async () => {
  await assert.rejects(askWith(() => new Response("<html>")), { code: "not_an_answer", text: "unreadable" });
});

test("malformed events are skipped, and the others count", async () => {
  const text = `event: delta\ndata: {\n\nevent: delta\ndata: 7\n\nevent: delta\ndata: {"text":"a"}\n\n${FINAL}`;

  assert.deepEqual(await askWith(stream(text)), [
    { name: "delta", data: { text: "a" } },
    { name: "final", data: { answer: "Hi." } },
  ]);
});

test("who stops while another try is waited for is not tried again", async () => {
  const stopping = new AbortController();
  globalThis.setTimeout = () => undefined;
  globalThis.fetch = async () => {
    throw new TypeError("Failed to fetch");
  };
  const events = ask(SERVER, { question: "Who?", conversationId: null, key: KEY, signal: stopping.signal });
  assert.equal((await events.next()).value.name, "reconnecting");

  const next = events.next();
  stopping.abort();

  await assert.rejects(next, { name: "AbortError" });
});

test("a question that nobody waits for any more is given up on the server", () => {
  requests = [];
  globalThis.fetch = async (url, options) => {
    requests.push(`${options.method} ${url}`);
    return new Response(null, { status: 204 });
  };
  giveUp(SERVER, KEY);

  return new Promise((resolve) => real.setTimeout(resolve, 0)).then(() =>
    assert.deepEqual(requests, [`DELETE https://answers.example/v1/ask/${KEY}`]),
  );
});
