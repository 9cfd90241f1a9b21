import { existsSync, readFileSync } from "node:fs";
import { defineConfig } from "vitepress";
import { doors } from "../../../scripts/doors.mjs";

const pages = new URL("../../../build/docs-pages/", import.meta.url);

const guide = [
  ["guide/first-program", "A first program"],
  ["guide/cancellation", "Cancellation"],
  ["guide/grace", "Grace"],
  ["guide/deadlines", "Deadlines"],
  ["guide/channels", "Channels"],
  ["guide/sockets", "Sockets"],
  ["guide/messages", "Messages and framing"],
  ["guide/servers", "Servers"],
  ["guide/tcp", "TCP servers and clients"],
  ["guide/udp", "UDP"],
  ["guide/proxies", "Proxies"],
  ["guide/http", "HTTP by hand"],
  ["guide/tls", "TLS"],
  ["guide/websockets", "WebSockets"],
  ["guide/descriptors", "Descriptors"],
  ["guide/errors", "Errors"],
  ["guide/testing", "Testing"],
  ["guide/searching", "How far a search goes"],
  ["guide/seeing", "What is my program doing?"],
  ["guide/mistakes", "Classic mistakes"],
];
const origins = [
  ["from-effection", "Effection"],
  ["from-async-await", "async/await"],
  ["from-libdill", "libdill in C"],
  ["from-go", "Go"],
];
const more = [
  ["api", "The API on one page"],
  ["protocol", "A protocol of your own"],
  ["streams", "Streams and HTTP"],
  ["runtimes", "Bun, Deno, browsers"],
  ["performance", "Performance"],
  ["ipc_connect", "ipc_connect, line by line"],
  ["limits", "Limits"],
  ["design", "Design"],
];
/** What every program starts with, and last what makers of protocols do. */
const modules = [...doors.filter((door) => door !== "impl"), "impl"];

/** Typed by TypeDoc: a tree of text, link and items. */
const reference = JSON.parse(readFileSync(new URL("api/typedoc-sidebar.json", pages), "utf8"));
const referenceItems = modules.map((module) => {
  const { items, link } = reference.find((item) => item.text === module);
  const text = module === "index" ? "libdill-ts" : `libdill-ts/${module}`;
  return { text, link, items, collapsed: module !== "index" };
});

export default defineConfig({
  title: "libdill-ts",
  description:
    "Structured concurrency for Node.js: coroutines, bundles, channels, deadlines, handles, sockets",
  srcDir: "../../build/docs-pages",
  outDir: "../../build/docs-site",
  cacheDir: "../../build/docs-cache",
  cleanUrls: true,
  lastUpdated: false,
  markdown: { lineNumbers: false },
  themeConfig: {
    search: { provider: "local" },
    outline: { level: [2, 3] },
    nav: [
      { text: "Guide", link: `/${guide[0][0]}`, activeMatch: "^/(guide|from)" },
      { text: "Reference", link: "/api/index/", activeMatch: "^/api" },
    ],
    sidebar: {
      "/": [
        { text: "Guide", items: guide.map(toItem) },
        { text: "Coming from", items: origins.map(toItem) },
        { text: "More", items: more.map(toItem) },
        { text: "Reference", items: [{ text: "All names", link: "/api/index/" }] },
      ],
      "/api/": referenceItems,
    },
  },
});

function toItem([page, text]) {
  if (!existsSync(new URL(`${page}.md`, pages))) throw new Error(`docs/${page}.md is missing`);
  return { text, link: `/${page}` };
}
