import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { test } from "node:test";
import { EN } from "../src/strings/en.js";
import { FURTHER_LANGUAGES } from "../src/strings/further_languages.js";
import { LAUNCHER_NAMES } from "../src/strings/launcher.js";
import { readOverrides, translator } from "../src/strings/strings.js";

const SOURCE = new URL("../src/", import.meta.url);
const placeholders = (text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

function sourceFiles(folder = SOURCE) {
  return readdirSync(folder).flatMap((name) => {
    const url = new URL(name, folder);
    return statSync(url).isDirectory() ? sourceFiles(new URL(`${name}/`, folder)) : [url];
  });
}

test("the launcher has a name in every language", () => {
  assert.deepEqual(Object.keys(LAUNCHER_NAMES).sort(), ["en", ...Object.keys(FURTHER_LANGUAGES)].sort());
  assert.equal(Object.keys(LAUNCHER_NAMES).length, 14);
});

for (const [language, load] of Object.entries(FURTHER_LANGUAGES)) {
  test(`no text is missing, empty or without its values: ${language}`, async () => {
    const { default: texts } = await load();
    const categories = new Intl.PluralRules(language).resolvedOptions().pluralCategories;

    assert.deepEqual(Object.keys(texts).sort(), Object.keys(EN).sort());
    for (const [key, english] of Object.entries(EN)) {
      const text = texts[key];
      if (typeof english === "string") {
        assert.ok(text.trim(), key);
        assert.deepEqual(placeholders(text), placeholders(english), key);
        continue;
      }
      assert.deepEqual(Object.keys(text).sort(), [...categories].sort(), key);
      const named = placeholders(english.other).filter((name) => name !== "n");
      for (const form of Object.values(text)) {
        assert.deepEqual(placeholders(form).filter((name) => name !== "n"), named, `${key}: ${form}`);
      }
      assert.ok(text.other.includes("{n}"), key);
    }
  });
}

test("every text that is said is known, and every text that is known is said", () => {
  const code = sourceFiles()
    .filter(({ pathname }) => pathname.endsWith(".js") && !pathname.includes("/strings/"))
    .map((url) => readFileSync(url, "utf8"))
    .join("\n");

  const said = [...code.matchAll(/\bt\("(\w+)"/g)].map(([, key]) => key);
  assert.deepEqual(said.filter((key) => !Object.hasOwn(EN, key)), []);
  assert.deepEqual(Object.keys(EN).filter((key) => !code.includes(`"${key}"`)), []);
});

test("a text has its plural form and its values, and what a site says goes before", () => {
  const t = translator("pl", { before: { one: "{n} pytanie", few: "{n} pytania", many: "{n} pytań", other: "{n} p." } }, { send: "Go" });

  assert.deepEqual([1, 3, 5, 1.5].map((n) => t("before", { n })), ["1 pytanie", "3 pytania", "5 pytań", "1.5 p."]);
  assert.equal(t("send"), "Go");
  assert.equal(t("stop"), "Stop");
  assert.equal(t("footnote", { n: 1, title: "{n} $& <b>" }), "Footnote 1: {n} $& <b>");
});

test("what a site says in other words is read from JSON, and what is no text of ours is left out", () => {
  console.error = () => {};
  assert.deepEqual(readOverrides('{"send":"Go","nope":"x","stop":7,"constructor":"y"}'), { send: "Go" });
  for (const json of ["{", "null", "7", null]) assert.deepEqual(readOverrides(json), {});
});
