// page.mjs log|summary FILE: a page with what GitHub would show of a step's log or of a job summary, on stdout.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { marked } from "marked";

const [kind, file] = process.argv.slice(2);
const resolve = createRequire(import.meta.url).resolve;
const read = (name) => readFileSync(resolve(name), "utf8");
const escaped = (text) => text.replace(/[&<>]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c]);

// The demo's pipeline is on a simulator. Snapshots have a head of their own.
const text = readFileSync(file, "utf8")
  .replace(/^---\n[^]*?\n---\n/, "")
  .replace(/https?:\/\/(127\.0\.0\.1:\d+|azure\.test)/g, "https://dev.azure.com");

const COLOURS = { 31: "#ff7b72", 32: "#7ee787", 33: "#e3b341", 34: "#79c0ff", 35: "#d2a8ff", 36: "#76e3ea" };

/** One line with its colours and links. */
function line(text, number) {
  let open = 0;
  const html = escaped(text)
    .replace(/https:\/\/[^\s\x1b]+/g, (url) => `<a>${url}</a>`)
    .replace(/\x1b\[([\d;]*)m/g, (_, codes) => {
      if (codes === "" || codes === "0") {
        const closed = "</span>".repeat(open);
        open = 0;
        return closed;
      }
      open += 1;
      const style = codes.split(";").map((code) => (code === "1" ? "font-weight:600" : `color:${COLOURS[code] ?? ""}`));
      return `<span style="${style.join(";")}">`;
    });
  return `<tr><td class="number">${number}</td><td>${html}${"</span>".repeat(open)}</td></tr>`;
}

function log() {
  const lines = text.trimEnd().split("\n");
  return `<style>
    body { margin: 0; background: #0d1117; color: #e6edf3; font: 12px/20px ui-monospace, "DejaVu Sans Mono", monospace; }
    table { border-spacing: 0; padding: 12px 16px; table-layout: fixed; width: 100%; }
    td { vertical-align: top; white-space: pre-wrap; overflow-wrap: anywhere; padding: 0; }
    .number { width: 36px; color: #6e7681; text-align: right; padding-right: 16px; }
    a { color: inherit; text-decoration: underline; }
    </style><table>${lines.map((text, at) => line(text, at + 1)).join("")}</table>`;
}

function summary() {
  const renderer = new marked.Renderer();
  const code = renderer.code.bind(renderer);
  renderer.code = (token) => (token.lang === "mermaid" ? `<pre class="mermaid">${escaped(token.text)}</pre>` : code(token));
  return `<style>${read("github-markdown-css/github-markdown-light.css")}
    body { margin: 0; padding: 16px 24px; }</style>
    <article class="markdown-body">${marked.parse(text, { renderer, gfm: true })}</article>
    <script>${read("mermaid/dist/mermaid.min.js").replaceAll("</script", "<\\/script")}</script>
    <script>
      mermaid.initialize({ startOnLoad: false, securityLevel: "strict" });
      mermaid.run().then(
        () => { document.title = "height " + document.documentElement.scrollHeight; },
        (error) => { document.title = "error " + error; },
      );
    </script>`;
}

const body = kind === "log"
  ? `${log()}<script>document.title = "height " + document.documentElement.scrollHeight;</script>`
  : summary();
console.log(`<!doctype html><meta charset="utf-8"><title></title><body>${body}</body>`);
