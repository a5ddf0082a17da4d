import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { Memory } from "../src/panel/memory.js";

const SERVER = "https://a.example";
const define = (name, descriptor) => Object.defineProperty(globalThis, name, { configurable: true, ...descriptor });
globalThis.window = globalThis;
afterEach(() => ["localStorage", "sessionStorage"].forEach((name) => define(name, { value: undefined })));

function storage(name) {
  const items = new Map();
  define(name, {
    value: {
      getItem: (key) => items.get(key) ?? null,
      setItem: (key, value) => items.set(key, String(value)),
      removeItem: (key) => items.delete(key),
    },
  });
  return items;
}

function remember(server = SERVER, isKept = true) {
  return new Memory(server, { isKept });
}

test("each server has a conversation of its own, and the next visit finds it", () => {
  storage("localStorage");

  remember().enter("1", "Who?");
  remember("https://b.example").enter("2", "Why?");

  assert.equal(remember().current, "1");
  assert.deepEqual(remember("https://b.example").conversations, [{ id: "2", title: "Why?" }]);
});

test("the last conversation comes first and keeps its name, and no more than thirty are kept", () => {
  storage("localStorage");
  const memory = remember();
  for (let i = 0; i < 40; i++) memory.enter(String(i), `Question ${i}`);
  memory.rename("20", "Shoes");
  memory.enter("20", "Something else");

  assert.equal(memory.conversations.length, 30);
  assert.deepEqual(memory.conversations.slice(0, 2), [
    { id: "20", title: "Shoes" },
    { id: "39", title: "Question 39" },
  ]);
});

test("a new conversation leaves the earlier ones in the list", () => {
  storage("localStorage");
  const memory = remember();
  memory.enter("1", "Who?");
  memory.enter(null);

  assert.equal(memory.current, null);
  assert.deepEqual(memory.conversations, [{ id: "1", title: "Who?" }]);
});

test("a forgotten conversation leaves nothing behind", () => {
  const items = storage("localStorage");
  const memory = remember();
  memory.enter("1", "Who?");

  memory.forget("1");

  assert.equal(memory.current, null);
  assert.equal(items.size, 0);
});

test("what is typed and what has no answer is kept with the page, and no more than ten questions", () => {
  storage("localStorage");
  const items = storage("sessionStorage");
  const question = (i) => ({ question: `Q${i}`, key: `k${i}`, conversationId: null, after: 0, isStopped: false, events: [] });

  remember().draft = "How lo";
  remember().unanswered = Array.from({ length: 12 }, (_, i) => question(i));

  assert.equal(remember().draft, "How lo");
  assert.deepEqual(remember().unanswered.map(({ key }) => key), ["k2", "k3", "k4", "k5", "k6", "k7", "k8", "k9", "k10", "k11"]);
  const memory = remember();
  memory.draft = "";
  memory.unanswered = [];
  assert.equal(items.size, 0);
});

test("what somebody else wrote into the storage is not taken for ours", () => {
  const items = storage("localStorage");
  for (const value of ["", "null", "7", "[]", '{"current":5,"conversations":[null,{"id":1},"x"]}', "{"]) {
    items.set(`footnote-conversations ${SERVER}`, value);
    assert.equal(remember().current, null, value);
    assert.deepEqual(remember().conversations, [], value);
  }
});

test("where the browser forbids storage, or the site does, it is remembered for the page alone", () => {
  const items = storage("localStorage");
  const forbidden = {
    get() {
      throw new DOMException("The operation is insecure.", "SecurityError");
    },
  };
  const silent = remember(SERVER, false);
  silent.enter("1", "Who?");
  assert.equal(silent.current, "1");
  assert.equal(items.size, 0);

  define("localStorage", forbidden);
  const memory = remember();
  memory.enter("1", "Who?");
  assert.equal(memory.current, "1");
  assert.equal(remember().current, null);
});
