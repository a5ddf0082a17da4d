import assert from "node:assert/strict";
import { test } from "node:test";
import { el } from "../src/dom.js";
import { Reply } from "../src/answer/reply.js";
import { translator } from "../src/strings/strings.js";

/** As much of an element as a reply needs; written out as `<tag.class>…</tag>`. */
class FakeNode {
  parentElement = null;

  remove() {
    const { childNodes } = this.parentElement;
    childNodes.splice(childNodes.indexOf(this), 1);
  }

  replaceWith(node) {
    const { childNodes } = this.parentElement;
    childNodes[childNodes.indexOf(this)] = node;
    node.parentElement = this.parentElement;
  }
}

class FakeText extends FakeNode {
  constructor(data) {
    super();
    this.data = data;
  }

  appendData(text) {
    this.data += text;
  }

  deleteData(start, count) {
    this.data = this.data.slice(0, start) + this.data.slice(start + count);
  }

  toString() {
    return this.data;
  }
}

class FakeElement extends FakeNode {
  attributes = {};
  childNodes = [];

  constructor(tag) {
    super();
    this.tag = tag;
  }

  setAttribute(name, value) {
    this.attributes[name] = value;
  }

  append(...nodes) {
    for (const node of nodes) {
      const child = typeof node === "string" ? new FakeText(node) : node;
      if (child.parentElement) child.remove();
      child.parentElement = this;
      this.childNodes.push(child);
    }
  }

  hasChildNodes() {
    return this.childNodes.length > 0;
  }

  get lastChild() {
    return this.childNodes.at(-1);
  }

  get lastElementChild() {
    return this.childNodes.findLast((node) => node instanceof FakeElement) ?? null;
  }

  matches(selector) {
    return selector === `.${this.attributes.class}` || selector === this.tag;
  }

  closest(selector) {
    return this.matches(selector) ? this : (this.parentElement?.closest(selector) ?? null);
  }

  querySelector(selector) {
    const inside = this.childNodes.filter((node) => node instanceof FakeElement);
    return inside.find((node) => node.matches(selector)) ?? inside.map((node) => node.querySelector(selector)).find(Boolean);
  }

  toString() {
    const name = this.attributes.class ? `${this.tag}.${this.attributes.class}` : this.tag;
    return `<${name}>${this.childNodes.join("")}</${this.tag}>`;
  }
}

globalThis.document = {
  createElement: (tag) => new FakeElement(tag),
  createTextNode: (text) => new FakeText(text),
};

const PARTLY = {
  outcome: "partly",
  note: "Not answered: “when [1]”",
  sentences: [
    { text: "Shoes may be sent back.", citations: [1], supported: true },
    { text: "Hats too.", citations: [1, 2], supported: true },
  ],
};
const POSSIBLE = {
  outcome: "possible",
  note: "One of these may answer it:",
  sentences: [
    { text: "Within a week, it seems.", citations: [], supported: false },
    { text: "Hats are kept for 30 days.", citations: [1], supported: true },
    { text: "Shoes are kept for 14.", citations: [2], supported: true },
  ],
};
const PARTLY_SHOWN =
  "<div.answer><p>Shoes may be sent back.<sup>1</sup> Hats too.<sup>1</sup><sup>2</sup></p></div>" +
  "<p.reply-note>Not answered: “when [1]”</p>";
const POSSIBLE_STREAMED =
  "<p.reply-note>One of these may answer it:</p><ul.offers>" +
  "<li><span.doubtful>Within a week, it seems.</span><span.doubt>not confirmed in the documents</span></li>" +
  "<li>Hats are kept for 30 days.<sup>1</sup></li><li>Shoes are kept for 14.<sup>2</sup></li></ul>";
// The others open on demand.
const POSSIBLE_SHOWN = POSSIBLE_STREAMED.replace(
  "<li>Shoes are kept for 14.<sup>2</sup></li></ul>",
  "</ul><details.others><summary>1 other passage</summary><ul.offers><li>Shoes are kept for 14.<sup>2</sup></li></ul></details>",
);

function makeReply() {
  return new Reply(translator("en", {}), (number) => [1, 2].includes(number), {
    footnote: (number) => el("sup", {}, String(number)),
  });
}

const shownBy = (reply) => reply.element.childNodes.join("");

function show(answer) {
  const reply = makeReply();
  reply.show(answer);
  return shownBy(reply);
}

function stream(...deltas) {
  const reply = makeReply();
  for (const delta of deltas) reply.take(delta);
  reply.end();
  return shownBy(reply);
}

test("the note of what is answered in part stands below the sentences, and numbers in it are no markers", () => {
  assert.equal(show(PARTLY), PARTLY_SHOWN);
});

test("each sentence that may answer is a block of its own below the note", () => {
  assert.equal(show(POSSIBLE), POSSIBLE_SHOWN);
});

test("without sentences the note stands alone", () => {
  assert.equal(show({ outcome: "answered", note: "Hello!", sentences: [] }), "<p.reply-note>Hello!</p>");
});

test("an answer from before there were notes shows its text", () => {
  assert.equal(show({ answer: "I found nothing.", sentences: [] }), "<p.reply-note>I found nothing.</p>");
});

test("a number that was not issued is no marker", () => {
  const sentences = [{ text: "So it is.", citations: [7, 1], supported: true }];

  assert.equal(show({ outcome: "answered", note: "", sentences }), "<div.answer><p>So it is.<sup>1</sup></p></div>");
});

test("a doubtful sentence is marked among others", () => {
  const sentences = [
    { text: "Perhaps.", citations: [], supported: false },
    { text: "Surely.", citations: [], supported: true },
  ];

  assert.equal(
    show({ outcome: "answered", note: "", sentences }),
    "<div.answer><p><span.doubtful>Perhaps.</span><span.doubt>not confirmed in the documents</span> Surely.</p></div>",
  );
});

test("what is streamed and answers in part looks as the whole answer does", () => {
  const streamed = stream(
    { text: "Shoes may be sent back. [1]", note: false },
    { text: " Hats too. [1][2]", note: false },
    { text: " Not answered: ", note: true },
    { text: "“when [1]”", note: true },
  );

  assert.equal(streamed, PARTLY_SHOWN);
});

test("what is streamed and may answer looks as the whole answer does", () => {
  const streamed = stream(
    { text: "One of these may answer it:", note: true },
    { text: "\nWithin a week, it seems.", note: false },
    { text: "\nHats are kept for 30 days. [1]", note: false },
    { text: "\nShoes are kept for 14. [2]", note: false },
  );

  assert.equal(streamed, POSSIBLE_STREAMED);
});

test("what might have begun a marker stays with its own sentence", () => {
  const streamed = stream(
    { text: "Perhaps:", note: true },
    { text: "\nAs in a[ [1] [2", note: false },
    { text: "\nNext. [2]", note: false },
  );

  assert.equal(
    streamed,
    "<p.reply-note>Perhaps:</p><ul.offers><li>As in a[<sup>1</sup> [2</li><li>Next.<sup>2</sup></li></ul>",
  );
});

test("a quote is a block of its own, as it streams in and as it stays", () => {
  const sentences = [
    { text: "Hats may be sent back.", citations: [1], supported: true, quoted: false },
    { text: "Hats; 30 days.", citations: [2], supported: true, quoted: true },
    { text: "Shoes; 14 days.", citations: [1], supported: true, quoted: true },
    { text: "So it is.", citations: [1], supported: true, quoted: false },
  ];
  const shown =
    "<div.answer><p>Hats may be sent back.<sup>1</sup></p></div><blockquote.quoted>Hats; 30 days.<sup>2</sup></blockquote>" +
    "<blockquote.quoted>Shoes; 14 days.<sup>1</sup></blockquote><div.answer><p>So it is.<sup>1</sup></p></div>";

  const streamed = stream(
    { text: "Hats may be sent back. [1]", quoted: false },
    { text: "\nHats; 30 days. [2]", quoted: true },
    { text: "\nShoes; 14 days. [1]", quoted: true },
    { text: "\nSo it is. [1]", quoted: false },
  );

  assert.equal(streamed, shown);
  assert.equal(show({ outcome: "answered", note: "", sentences }), shown);
});

test("what the server sends from the beginning again takes the place of what is shown", () => {
  const reply = makeReply();
  reply.show(POSSIBLE);
  reply.take({ text: " and [1", note: false });
  reply.restart();

  reply.take({ text: "Hats too. [2]", note: false });

  assert.equal(shownBy(reply), "<div.answer><p>Hats too.<sup>2</sup></p></div>");
});

test("generated words are Markdown, and a document's are as they are", () => {
  const sentences = [
    { before: "", text: "Bring **both**:", citations: [1], supported: true },
    { before: "\n\n- ", text: "a `key`", citations: [2], supported: true },
    { before: "\n\n| a | b |\n|---|---|\n", text: "| 1 | 2 |", citations: [1], supported: true },
    { text: "**Hats** | - 30", citations: [2], supported: true, quoted: true },
  ];

  const shown = show({ outcome: "answered", note: "**So**", sentences });

  assert.equal(
    shown,
    "<div.answer><p>Bring <strong>both</strong>:<sup>1</sup></p><ul><li>a <code>key</code><sup>2</sup></li></ul>" +
      "<div.table><table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td><td>2<sup>1</sup></td></tr>" +
      "</tbody></table></div></div><blockquote.quoted>**Hats** | - 30<sup>2</sup></blockquote><p.reply-note>**So**</p>",
  );
});

test("the final answer leaves the nodes that say the same", () => {
  const reply = makeReply();
  reply.take({ text: "Shoes may be sent back. [1]", note: false });
  reply.take({ text: "\n\nHats to", note: false });
  const [answer] = reply.element.childNodes;
  const [first, second] = answer.childNodes;
  const nodes = [...first.childNodes];

  reply.show({
    outcome: "answered",
    note: "",
    sentences: [
      { before: "", text: "Shoes may be sent back.", citations: [1], supported: true },
      { before: "\n\n", text: "Hats too.", citations: [2], supported: true },
    ],
  });

  assert.equal(shownBy(reply), "<div.answer><p>Shoes may be sent back.<sup>1</sup></p><p>Hats too.<sup>2</sup></p></div>");
  assert.equal(reply.element.childNodes[0], answer);
  assert.deepEqual([answer.childNodes[0] === first, answer.childNodes[1] === second], [true, true]);
  assert.ok(nodes.every((node, i) => first.childNodes[i] === node));
});
