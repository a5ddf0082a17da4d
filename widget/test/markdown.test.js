import assert from "node:assert/strict";
import { test } from "node:test";
import { MarkdownText } from "../src/markdown/index.js";

/** A tree in one line: <tag attribute=value>…</tag>, {1} for a footnote, {?} for a doubt, {copy} for the button. */
function written(node) {
  if (Array.isArray(node)) return node.map(written).join("");
  if (node.text !== undefined) return node.text;
  if (node.footnote !== undefined) return `{${node.footnote}}`;
  if (node.doubt) return "{?}";
  if (node.copy) return "{copy}";
  const { tag, children = [], ...attributes } = node;
  const list = Object.entries(attributes).map(([name, value]) => ` ${name}=${value}`);
  return `<${tag}${list.join("")}>${written(children)}</${tag}>`;
}

function parse(text) {
  const markdown = new MarkdownText();
  markdown.push(text);
  markdown.end();
  return written(markdown.blocks);
}

const table = (head, body) =>
  `<div class=table><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
const fence = (code, language = "") =>
  `<div class=fence><div class=fence-bar>${language && `<span class=language>${language}</span>`}{copy}</div>` +
  `<pre><code>${code}</code></pre></div>`;

const CASES = {
  "nothing is nothing": ["", ""],
  "white space is nothing": [" \n\n \t\n", ""],
  "a paragraph": ["One.", "<p>One.</p>"],
  "a blank line parts paragraphs": ["One.\n\n\nTwo.", "<p>One.</p><p>Two.</p>"],
  "a new line is a line break": ["One\ntwo", "<p>One<br></br>two</p>"],
  "a hard line break is one line break": ["One  \ntwo\\\nthree", "<p>One<br></br>two<br></br>three</p>"],
  "the line ends of Windows": ["One\r\n\r\nTwo", "<p>One</p><p>Two</p>"],
  "emphasis": ["*a* _b_", "<p><em>a</em> <em>b</em></p>"],
  "strong": ["**a** __b__", "<p><strong>a</strong> <strong>b</strong></p>"],
  "strong emphasis": ["***a***", "<p><em><strong>a</strong></em></p>"],
  "emphasis within strong": ["**a *b* c**", "<p><strong>a <em>b</em> c</strong></p>"],
  "strong at the end of emphasis": ["*a **b***", "<p><em>a <strong>b</strong></em></p>"],
  "two signs within emphasis": ["*foo**bar*", "<p><em>foo**bar</em></p>"],
  "one sign within strong": ["**bold*still**", "<p><strong>bold*still</strong></p>"],
  "crossing signs": ["*a _b* c_", "<p><em>a _b</em> c_</p>"],
  "more signs than are closed": ["**a*", "<p>*<em>a</em></p>"],
  "names with underscores": ["snake_case_name", "<p>snake_case_name</p>"],
  "signs between spaces": ["2 * 3 * 4", "<p>2 * 3 * 4</p>"],
  "emphasis within a word": ["un*believ*able", "<p>un<em>believ</em>able</p>"],
  "strong words without spaces around them": ["请**「保存」**文件", "<p>请<strong>「保存」</strong>文件</p>"],
  "strikethrough": ["~~a~~ ~b~", "<p><s>a</s> ~b~</p>"],
  "escapes": ["\\*a\\* \\\\ \\z", "<p>*a* \\ \\z</p>"],
  "code": ["`a*b*`", "<p><code>a*b*</code></p>"],
  "code with backticks in it": ["`` a`b ``", "<p><code>a`b</code></p>"],
  "code binds tighter than emphasis": ["*a `b*`", "<p>*a <code>b*</code></p>"],
  "backticks without an end": ["a `b", "<p>a `b</p>"],
  "headings": ["# A\n## B\n### C\n###### F", "<h3>A</h3><h3>B</h3><h3 class=minor>C</h3><h3 class=minor>F</h3>"],
  "a heading with signs behind it": ["# A **b** ##", "<h3>A <strong>b</strong></h3>"],
  "a sign without a space": ["#1 of 2", "<p>#1 of 2</p>"],
  "seven signs": ["####### A", "<p>####### A</p>"],
  "a heading ends a paragraph": ["A\n# B\nC", "<p>A</p><h3>B</h3><p>C</p>"],
  "rules": ["A\n\n---\n* * *\n___", "<p>A</p><hr></hr><hr></hr><hr></hr>"],
  "a list": ["- a\n- b", "<ul><li>a</li><li>b</li></ul>"],
  "a list with blank lines": ["* a\n\n* b", "<ul><li>a</li><li>b</li></ul>"],
  "a list behind a line": ["Bring:\n- a\n- b", "<p>Bring:</p><ul><li>a</li><li>b</li></ul>"],
  "another sign begins another list": ["- a\n+ b", "<ul><li>a</li></ul><ul><li>b</li></ul>"],
  "an ordered list": ["1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"],
  "an ordered list with a start": ["3) a\n4) b", "<ol start=3><li>a</li><li>b</li></ol>"],
  "a year is no list": ["It was in\n1984. Then", "<p>It was in<br></br>1984. Then</p>"],
  "nested lists": [
    "- a\n  - b\n    - c\n- d",
    "<ul><li>a<ul><li>b<ul><li>c</li></ul></li></ul></li><li>d</li></ul>",
  ],
  "a list below a number, with fewer spaces": ["1. a\n  - b\n2. c", "<ol><li>a<ul><li>b</li></ul></li><li>c</li></ol>"],
  "a list with four spaces a level": ["1. a\n    - b\n    - c", "<ol><li>a<ul><li>b</li><li>c</li></ul></li></ol>"],
  "a list with tabs": ["- a\n\t- b", "<ul><li>a<ul><li>b</li></ul></li></ul>"],
  "an item goes on": ["- a\nb\n\n  c\n\nd", "<ul><li>a<br></br>b<p>c</p></li></ul><p>d</p>"],
  "an item with code": ["1. a\n   ```\n   b\n   ```\n2. c", `<ol><li>a${fence("b")}</li><li>c</li></ol>`],
  "an empty item": ["-\n- b", "<ul><li></li><li>b</li></ul>"],
  "tasks": ["- [ ] a\n- [x] b", "<ul><li>☐ a</li><li>☑ b</li></ul>"],
  "a quote": ["> a\n> b\n>\n> c", "<blockquote><p>a<br></br>b</p><p>c</p></blockquote>"],
  "a quote goes on": ["> a\nb\n\nc", "<blockquote><p>a<br></br>b</p></blockquote><p>c</p>"],
  "a quote in a quote": ["> > a", "<blockquote><blockquote><p>a</p></blockquote></blockquote>"],
  "a list in a quote": ["> - a\n> - b", "<blockquote><ul><li>a</li><li>b</li></ul></blockquote>"],
  "a fence": ["```js run\na\n\n  *b*\n```\nc", fence("a\n\n  *b*", "js") + "<p>c</p>"],
  "a fence of waves": ["~~~\n```\n~~~", fence("```")],
  "a longer fence": ["````\n```\n````", fence("```")],
  "a fence without an end": ["```\na\n\nb", fence("a\n\nb")],
  "a fence ends a paragraph": ["a\n```\nb\n```", `<p>a</p>${fence("b")}`],
  "a table": [
    "| a | b |\n|---|---|\n| c | **d** |",
    table("<th>a</th><th>b</th>", "<tr><td>c</td><td><strong>d</strong></td></tr>"),
  ],
  "a table with alignment": [
    "a | b | c\n:-- | :-: | --:\n1 | 2 | 3",
    table(
      "<th align=left>a</th><th align=center>b</th><th align=right>c</th>",
      "<tr><td align=left>1</td><td align=center>2</td><td align=right>3</td></tr>",
    ),
  ],
  "pipes within a cell": ["| a |\n|---|\n| b \\| `c\\|d` |", table("<th>a</th>", "<tr><td>b | <code>c|d</code></td></tr>")],
  "lines within a cell": ["| a |\n|---|\n| b<br>c |", table("<th>a</th>", "<tr><td>b<br></br>c</td></tr>")],
  "rows with fewer and more cells": [
    "| a | b |\n|---|---|\n| c |\n| d | e | f |",
    table("<th>a</th><th>b</th>", "<tr><td>c</td></tr><tr><td>d</td><td>e</td></tr>"),
  ],
  "text below a table": ["| a |\n|---|\n| b |\nc", table("<th>a</th>", "<tr><td>b</td></tr>") + "<p>c</p>"],
  "pipes without a table": ["| a | b |\n| c | d |", "<p>| a | b |<br></br>| c | d |</p>"],
  "links": ['[a *b*](https://x.example/p "t")', "<p><a href=https://x.example/p>a <em>b</em></a></p>"],
  "a link with brackets": ["[a](https://x.example/a_(b))", "<p><a href=https://x.example/a_(b)>a</a></p>"],
  "an address between signs": ["<https://x.example/?a=b>", "<p><a href=https://x.example/?a=b>https://x.example/?a=b</a></p>"],
  "a bare address": ["See https://x.example/a.", "<p>See <a href=https://x.example/a>https://x.example/a</a>.</p>"],
  "a bare address in brackets": ["(https://x.example/a)", "<p>(<a href=https://x.example/a>https://x.example/a</a>)</p>"],
  "a strong bare address": ["**https://x.example/**", "<p><strong><a href=https://x.example/>https://x.example/</a></strong></p>"],
  "mail": ["<a@x.example> [b](mailto:b@x.example)", "<p><a href=mailto:a@x.example>a@x.example</a> <a href=mailto:b@x.example>b</a></p>"],
  "an image is a link": ["![a](https://x.example/a.png)", "<p><a href=https://x.example/a.png>a</a></p>"],
  "a linked image is one link": ["[![a](https://x.example/a.png)](https://y.example/)", "<p><a href=https://y.example/>a</a></p>"],
  "no link within a link": [
    "[a [b](https://x.example/) c](https://y.example/)",
    "<p>[a <a href=https://x.example/>b</a> c](<a href=https://y.example/>https://y.example/</a>)</p>",
  ],
  "a link without text": ["[](https://x.example/)", "<p><a href=https://x.example/>https://x.example/</a></p>"],
  "brackets": ["a [b] (c) [d]", "<p>a [b] (c) [d]</p>"],
  "HTML": ["<b>a</b> &amp; <br>", "<p><b>a</b> &amp; <br></p>"],
};

for (const [name, [text, tree]] of Object.entries(CASES)) {
  test(`reads: ${name}`, () => assert.equal(parse(text), tree));
}

const LINKS = {
  "[a](javascript:alert(1))": "<p>a</p>",
  "[a](data:text/html,x)": "<p>a</p>",
  "[a](/documents/1)": "<p>a</p>",
  "[a](//x.example/)": "<p>a</p>",
  "[a](https:x.example)": "<p>a</p>",
  "[a](https://user@x.example/)": "<p>a</p>",
  "[a](https://x\u200b.example/)": "<p>a</p>",
  "[x.example](https://x.example/a)": "<p><a href=https://x.example/a>x.example</a></p>",
  "[www.x.example](https://x.example/a)": "<p><a href=https://x.example/a>www.x.example</a></p>",
  "[bank.example](https://evil.example/)": "<p><a href=https://evil.example/>bank.example (evil.example)</a></p>",
  "[https://bank.example/login](https://evil.example/)":
    "<p><a href=https://evil.example/>https://bank.example/login (evil.example)</a></p>",
  "[ba**nk.ex**ample](https://evil.example/)":
    "<p><a href=https://evil.example/>ba<strong>nk.ex</strong>ample (evil.example)</a></p>",
  "[b\u200bank.example](https://evil.example/)": "<p><a href=https://evil.example/>b\u200bank.example (evil.example)</a></p>",
  "[bank。example](https://evil.example/)": "<p><a href=https://evil.example/>bank。example (evil.example)</a></p>",
  "[b\u0430nk.example](https://bank.example/)": "<p><a href=https://bank.example/>b\u0430nk.example (bank.example)</a></p>",
  "[10.0.0.1](https://evil.example/)": "<p><a href=https://evil.example/>10.0.0.1 (evil.example)</a></p>",
  "[a@bank.example](mailto:a@evil.example)": "<p><a href=mailto:a@evil.example>a@bank.example (a@evil.example)</a></p>",
  "[Version 2.5](https://x.example/)": "<p><a href=https://x.example/>Version 2.5</a></p>",
};

for (const [text, tree] of Object.entries(LINKS)) {
  test(`links: ${JSON.stringify(text)}`, () => assert.equal(parse(text), tree));
}

/** Strings are text, numbers footnotes, true and false the beginning and the end of doubt. */
function told(...pieces) {
  const markdown = new MarkdownText();
  for (const piece of pieces) {
    if (typeof piece === "string") markdown.push(piece);
    else if (typeof piece === "number") markdown.mark(piece);
    else markdown.doubt(piece);
  }
  markdown.end();
  return written(markdown.blocks);
}

test("a footnote hugs the word before it", () => {
  assert.equal(told("A. ", 1, 2, " B.\n\n", 3, "C"), "<p>A.{1}{2} B.{3}</p><p>C</p>");
});

test("a footnote stands in its item, cell, heading and quote", () => {
  assert.equal(told("- a\n", 1, "- b", 2), "<ul><li>a{1}</li><li>b{2}</li></ul>");
  assert.equal(
    told("| a |\n|---|\n| b", 1, " |", 2, "\n"),
    table("<th>a</th>", "<tr><td>b{1}{2}</td></tr>"),
  );
  assert.equal(told("# a", 1, "\n> b", 2), "<h3>a{1}</h3><blockquote><p>b{2}</p></blockquote>");
});

test("a footnote is never within a link or code", () => {
  assert.equal(told("[a", 1, "](https://x.example/) `b", 2, "`"), "<p><a href=https://x.example/>a</a>{1} <code>b</code>{2}</p>");
  const bar = "<div class=fence-bar>{copy}{1}</div>";
  assert.equal(told("```\na\n```", 1), `<div class=fence>${bar}<pre><code>a</code></pre></div>`);
});

test("a footnote does not hinder marks", () => {
  assert.equal(told("**a", 1, "** *b*", 2, "c"), "<p><strong>a{1}</strong> <em>b</em>{2}c</p>");
});

test("doubt is one span, with its note behind its footnotes", () => {
  assert.equal(
    told("A. ", true, "B **c** d.", false, 1, " E."),
    "<p>A. <span class=doubtful>B <strong>c</strong> d.</span>{1}{?} E.</p>",
  );
});

test("doubt that begins before the marks of a block begins behind them", () => {
  assert.equal(
    told("A", true, "\n\n- B", false, 1, true, "\n- C", false, "\n\n", true, "## D", false),
    "<p>A</p><ul><li><span class=doubtful>B</span>{1}{?}</li><li><span class=doubtful>C</span>{?}</li></ul>" +
      "<h3><span class=doubtful>D</span>{?}</h3>",
  );
});

test("doubt goes on from line to line and from cell to cell", () => {
  assert.equal(told(true, "a\nb", false), "<p><span class=doubtful>a<br></br>b</span>{?}</p>");
  assert.equal(
    told("| a | b |\n|---|---|\n", true, "| c | d |", false),
    table(
      "<th>a</th><th>b</th>",
      "<tr><td><span class=doubtful>c</span></td><td><span class=doubtful>d</span>{?}</td></tr>",
    ),
  );
});

test("doubt within marks stays within them", () => {
  assert.equal(told("**a ", true, "b", false, "**"), "<p><strong>a <span class=doubtful>b</span>{?}</strong></p>");
});

test("text cannot write signs", () => {
  assert.equal(told("a\x011\x02 \x03b\x04\x05\x00"), "<p>a1 b</p>");
});

/** What is shown after each piece. */
function shownAfter(...pieces) {
  const markdown = new MarkdownText();
  return pieces.map((piece) => {
    markdown.push(piece);
    return written(markdown.blocks);
  });
}

const STREAMED = {
  "open marks are shown as they will be": [["a **b", "<p>a <strong>b</strong></p>"], ["** c", "<p>a <strong>b</strong> c</p>"]],
  "half a mark is held back": [["a *", "<p>a</p>"], ["*b*", "<p>a <strong>b</strong></p>"], ["*", "<p>a <strong>b</strong></p>"]],
  "open code is code": [["a `b", "<p>a <code>b</code></p>"], ["` c", "<p>a <code>b</code> c</p>"]],
  "half a link is held back": [
    ["a [b", "<p>a </p>"],
    ["](https://x.exam", "<p>a </p>"],
    ["ple/)", "<p>a <a href=https://x.example/>b</a></p>"],
  ],
  "half an address is held back": [
    ["a htt", "<p>a</p>"],
    ["ps://x.exam", "<p>a</p>"],
    ["ple/ b", "<p>a <a href=https://x.example/>https://x.example/</a> b</p>"],
  ],
  "brackets are text once that is clear": [["a [b]", "<p>a </p>"], [" c", "<p>a [b] c</p>"]],
  "half the mark of a block is held back": [["a\n1", "<p>a</p>"], [". ", "<p>a</p>"], ["b", "<p>a</p><ol><li>b</li></ol>"]],
  "a fence is code before it ends": [["```j", ""], ["s\n", fence("", "js")], ["a\nb", fence("a\nb", "js")]],
  "the head of a table waits for the line below it": [
    ["| a |", ""],
    ["\n|-", ""],
    ["--|\n", "<div class=table><table><thead><tr><th>a</th></tr></thead></table></div>"],
    ["| b", table("<th>a</th>", "<tr><td>b</td></tr>")],
  ],
  "half a character is held back": [["a\ud83d", "<p>a</p>"], ["\ude00", "<p>a\ud83d\ude00</p>"]],
};

for (const [name, steps] of Object.entries(STREAMED)) {
  test(`streams: ${name}`, () => {
    assert.deepEqual(shownAfter(...steps.map(([piece]) => piece)), steps.map(([, tree]) => tree));
  });
}
