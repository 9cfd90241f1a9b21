// Who may import whom. Imports only go down this table; type-only imports count.
const ground = ["errors", "collections"];
const core = [...ground, "handles", "kernel", "runtime"];
const sockets = [...core, "sockets", "host"];

/** Each room of src/, and the rooms whose doors it may open. */
const rooms = {
  errors: [],
  collections: [],
  handles: ground,
  host: ground,
  kernel: [...ground, "handles", "host"],
  snapshot: ["errors", "handles", "host", "kernel"],
  runtime: [...ground, "handles", "host", "kernel", "snapshot"],
  channels: core,
  sockets: [...ground, "handles", "host", "kernel"],
  ipc: sockets,
  descriptors: [...sockets, "ipc", "tcp"],
  ipaddr: sockets,
  tcp: [...sockets, "ipaddr"],
  udp: [...sockets, "ipaddr"],
  protocols: ["errors", "handles", "host", "kernel", "sockets", "ipaddr"],
  serving: ["errors", "handles", "host", "kernel", "snapshot", "runtime", "sockets"],
  relay: ["errors", "handles", "kernel", "runtime", "sockets"],
  happyeyeballs: ["errors", "handles", "kernel", "runtime", "channels", "ipaddr", "tcp"],
  testing: ["errors", "collections", "handles", "host", "kernel", "runtime", "channels", "sockets"],
  interop: ["[^/]+"],
  inspect: ["runtime", "snapshot"],
  cli: ["[^/]+"],
};

/** Where Node's own modules may be imported. */
const nodeUsers = ["host/.+", "interop/streams/.+", "inspect/.+", "cli/.+"];

/** What package.json exports. */
const packageDoors =
  "^dist/(index|impl|effection|streams|http|ws|native|tls|socks5|testing|inspect)\\.";

const anyOf = (names) => `(${names.join("|")})`;

/** One rule per room: of the other rooms it sees only those in the table. */
const roomRules = Object.entries(rooms).map(([room, allowed]) => ({
  name: `room-${room}`,
  comment: `${room}/ may import only: ${allowed.join(", ") || "nothing of ours"}.`,
  severity: "error",
  from: { path: `^src/${room}/` },
  to: { path: "^src/", pathNot: `^src/${anyOf([room, ...allowed])}/` },
}));

export default {
  forbidden: [
    ...roomRules,
    {
      name: "known-room",
      comment: "Every folder of src/ has a line in the table above.",
      severity: "error",
      from: { path: "^src/[^/]+/", pathNot: `^src/${anyOf(Object.keys(rooms))}/` },
      to: {},
    },
    {
      name: "no-detour",
      comment: "src/ imports itself by relative paths, not by the package's name or through dist/.",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^dist/" },
    },
    {
      name: "test-own-file",
      comment:
        "A test knows the package by its name; past that only the one file it mirrors (#src/…).",
      severity: "error",
      from: { path: "^test/([^.]+)\\.[^/]+$", pathNot: "^test/(support|model)/" },
      to: { path: "^(src|dist)/", pathNot: [packageDoors, "^dist/$1\\.js$"] },
    },
    {
      name: "examples-by-name",
      comment: "Examples and benchmarks import what a user can.",
      severity: "error",
      from: { path: "^(examples|bench)/" },
      to: { path: "^(src|dist|test)/", pathNot: packageDoors },
    },
    {
      name: "through-the-door",
      comment:
        "Other rooms import a room's index.ts (or that of a folder in it), nothing behind it.",
      severity: "error",
      from: { path: "^src/([^/]+)/" },
      to: { path: "^src/[^/]+/", pathNot: ["^src/$1/", "/index\\.ts$"] },
    },
    {
      name: "front-through-the-door",
      comment: "The package's own doors, index.ts and impl.ts, use the rooms' doors too.",
      severity: "error",
      from: { path: "^src/[^/]+$" },
      to: { path: "^src/[^/]+/", pathNot: "/index\\.ts$" },
    },
    {
      name: "not-own-door",
      comment: "Files of one room import each other directly.",
      severity: "error",
      from: { path: "^src/([^/]+)/" },
      to: { path: "^src/$1/index\\.ts$" },
    },
    {
      name: "no-cycle",
      comment: "No rings, at file level either. The model's nouns alone know each other.",
      severity: "error",
      from: { pathNot: "^test/model/interpreter/" },
      to: { circular: true },
    },
    {
      name: "node-through-host",
      comment: "Node comes in through host/ (and node:stream in interop/streams/).",
      severity: "error",
      from: { path: "^src/", pathNot: `^src/${anyOf(nodeUsers)}$` },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "packages-in-interop",
      comment:
        "Only interop/ uses npm packages; that operation.ts takes just types is .oxlintrc.json's.",
      severity: "error",
      from: { path: "^src/", pathNot: ["^src/interop/", "^src/kernel/operation\\.ts$"] },
      to: { path: "node_modules/" },
    },
    {
      name: "resolvable",
      comment: "An import that can't be resolved can't be judged.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    parser: "swc",
    // These write `using`, which the cruiser's syntax walker does not know yet.
    exclude: { path: ["^test/handles/owned", "^test/runtime/running", "^test/types/"] },
    tsPreCompilationDeps: true,
    doNotFollow: { path: ["node_modules", "^dist/"] },
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "types", "default"],
    },
  },
};
