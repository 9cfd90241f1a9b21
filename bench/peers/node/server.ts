// A node:net server in a process of its own: node server.js <path> <service>
import type { Service } from "../serverProcess.js";
import { makeServer } from "./services.js";

const [path = "", service] = process.argv.slice(2);

process.stdin.once("end", () => process.exit()).resume();
makeServer(service as Service).listen({ path, backlog: 128 }, () => console.log("ready"));
