/**
 * Builds what the server serves from what is written here: src/index.js -> rag/web/widget.js and
 * src/pages.css -> rag/web/pages.css. With --check nothing is written; it fails where a committed file is out of date.
 */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

const MAX_WIDGET_GZIP_BYTES = 15_000;
const WEB = new URL("../rag/web/", import.meta.url);
const SHARED = {
  absWorkingDir: fileURLToPath(new URL(".", import.meta.url)),
  bundle: true,
  minify: true,
  write: false,
  legalComments: "none",
  // Private members stay as they are written: lowered ones cost 1.3 kB. Browsers without them lack replaceChildren too.
  target: "es2022",
};

/** Bundles and minifies a style sheet that a module imports, and hands it over as a string. */
const styleSheetAsText = {
  name: "style-sheet-as-text",
  setup(build) {
    build.onLoad({ filter: /\.css$/ }, async ({ path }) => ({
      contents: await bundle({ entryPoints: [path] }),
      loader: "text",
    }));
  },
};

async function bundle(options) {
  const { outputFiles } = await esbuild.build({ ...SHARED, ...options });
  return outputFiles[0].text.trimEnd() + "\n";
}

const notice = (source) => `Built from widget/${source} by "npm run build" in widget/; do not edit.`;

const built = {
  "widget.js":
    `// ${notice("src/index.js")}\n` +
    (await bundle({ entryPoints: ["src/index.js"], format: "iife", plugins: [styleSheetAsText] })),
  "pages.css": `/* ${notice("src/pages.css")} */\n` + (await bundle({ entryPoints: ["src/pages.css"] })),
};

const gzipBytes = gzipSync(built["widget.js"], { level: 9 }).length;
console.log(`widget.js: ${built["widget.js"].length} bytes, ${gzipBytes} gzipped`);
if (gzipBytes > MAX_WIDGET_GZIP_BYTES) {
  console.error(`widget.js is larger than ${MAX_WIDGET_GZIP_BYTES} bytes gzipped`);
  process.exitCode = 1;
}

for (const [name, text] of Object.entries(built)) {
  const file = new URL(name, WEB);
  if (!process.argv.includes("--check")) {
    await writeFile(file, text);
  } else if ((await readFile(file, "utf8").catch(() => "")) !== text) {
    console.error(`rag/web/${name} is not what widget/ builds; run \`npm run build\` in widget/`);
    process.exitCode = 1;
  }
}
