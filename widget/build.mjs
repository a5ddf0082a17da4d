/**
 * Builds what the server serves from what is written here, into rag/web/: the loader, the panel that it fetches, what
 * the panel fetches on demand, and the style sheet of the pages. The names of fetched files hold a hash of their
 * content. With --check nothing is written; it fails where the committed files are not these.
 */
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

const MAX_LOADER_GZIP_BYTES = 3_000;
const MAX_GZIP_BYTES = 20_000;
const WEB = new URL("../rag/web/", import.meta.url);
const FOLDER = new URL("widget/", WEB);
const SHARED = {
  absWorkingDir: fileURLToPath(new URL(".", import.meta.url)),
  bundle: true,
  minify: true,
  write: false,
  outdir: "built",
  charset: "utf8",
  legalComments: "none",
  // Private members stay as they are written: lowered ones cost 1.3 kB. Browsers without them lack replaceChildren too.
  target: "es2022",
};

/** Bundles and minifies a style sheet that a module imports, and hands it over as a string. */
const styleSheetAsText = {
  name: "style-sheet-as-text",
  setup(build) {
    build.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { outputFiles } = await esbuild.build({ ...SHARED, entryPoints: [path] });
      return { contents: outputFiles[0].text, loader: "text" };
    });
  },
};

const notice = (folder) => `Built from widget/src/${folder} by "npm run build" in widget/; do not edit.`;

/** @returns {Promise<{files: Record<string, string>, metafile: esbuild.Metafile}>} What is built, by name. */
async function build(entry, options) {
  const { outputFiles, metafile } = await esbuild.build({
    ...SHARED,
    entryPoints: [entry],
    plugins: entry.in.endsWith(".js") ? [styleSheetAsText] : [],
    metafile: true,
    ...options,
  });
  return { files: Object.fromEntries(outputFiles.map(({ path, text }) => [basename(path), text])), metafile };
}

const panel = await build(
  { in: "src/panel/index.js", out: "panel" },
  {
    format: "esm",
    splitting: true,
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    banner: { js: `// ${notice("")}` },
  },
);
const panelFile = Object.keys(panel.files).find((name) => name.startsWith("panel-"));
const loader = await build(
  { in: "src/loader/index.js", out: "loader" },
  { format: "iife", define: { PANEL_FILE: JSON.stringify(panelFile) }, banner: { js: "// Built from widget/" } },
);
const pages = await build({ in: "src/pages.css", out: "pages" }, { banner: { css: `/* ${notice("pages.css")} */` } });
const built = { ...panel.files, ...loader.files };

/** Return the panel and what it needs before it can be shown. */
function filesOfPanel(name = panelFile) {
  const { imports } = panel.metafile.outputs[`built/${name}`];
  const needed = imports.filter(({ kind }) => kind === "import-statement").map(({ path }) => basename(path));
  return [...new Set([name, ...needed.flatMap((other) => filesOfPanel(other))])];
}

function report() {
  const gzipBytes = (name) => gzipSync(built[name], { level: 9 }).length;
  const ofLoader = gzipBytes("loader.js");
  const both = filesOfPanel().reduce((sum, name) => sum + gzipBytes(name), ofLoader);
  console.log(`loader: ${ofLoader} bytes gzipped (at most ${MAX_LOADER_GZIP_BYTES})`);
  console.log(`loader and panel: ${both} bytes gzipped (at most ${MAX_GZIP_BYTES})`);
  for (const name of Object.keys(built).sort()) console.log(`  ${name}: ${gzipBytes(name)}`);
  if (ofLoader > MAX_LOADER_GZIP_BYTES || both > MAX_GZIP_BYTES) {
    console.error("the widget is too large");
    process.exitCode = 1;
  }
}

async function check(file, text, name) {
  if ((await readFile(file, "utf8").catch(() => "")) === text) return;
  console.error(`rag/web/${name} is not what widget/ builds; run \`npm run build\` in widget/`);
  process.exitCode = 1;
}

async function removeOthers(isChecking) {
  for (const name of await readdir(FOLDER).catch(() => [])) {
    if (Object.hasOwn(built, name)) continue;
    if (!isChecking) {
      await rm(new URL(name, FOLDER));
      continue;
    }
    console.error(`rag/web/widget/${name} is built no more; run \`npm run build\` in widget/`);
    process.exitCode = 1;
  }
}

report();
const isChecking = process.argv.includes("--check");
await mkdir(FOLDER, { recursive: true });
for (const [name, text] of Object.entries(built)) {
  const file = new URL(name, FOLDER);
  await (isChecking ? check(file, text, `widget/${name}`) : writeFile(file, text));
}
const pagesFile = new URL("pages.css", WEB);
const pagesText = pages.files["pages.css"];
await (isChecking ? check(pagesFile, pagesText, "pages.css") : writeFile(pagesFile, pagesText));
await removeOthers(isChecking);
