import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { test } from "node:test";

const FOLDERS = [new URL("../src/", import.meta.url), new URL("../../rag/web/widget/", import.meta.url)];
// Whatever turns a string into markup, code or style.
const FORBIDDEN = [
  /\.\s*(inner|outer)HTML\b/,
  /insertAdjacentHTML|createContextualFragment|setHTML|parseHTML|DOMParser|srcdoc/,
  /document\s*\.\s*write/,
  /\beval\s*\(|\bnew\s+Function\b|\bsetTimeout\s*\(\s*["'`]/,
  /setAttribute\s*\(\s*["'`](on|style|srcdoc)/i,
];

function files(folder) {
  return readdirSync(folder).flatMap((name) => {
    const url = new URL(name, folder);
    return statSync(url).isDirectory() ? files(new URL(`${name}/`, folder)) : [url];
  });
}

test("nothing in the sources or the built files turns a string into markup or code", () => {
  const scripts = FOLDERS.flatMap(files).filter(({ pathname }) => pathname.endsWith(".js"));
  assert.ok(scripts.length > 40);
  for (const url of scripts) {
    const code = readFileSync(url, "utf8");
    for (const pattern of FORBIDDEN) assert.doesNotMatch(code, pattern, url.pathname);
  }
});
