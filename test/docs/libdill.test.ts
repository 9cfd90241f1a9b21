// docs/libdill.md names every function of libdill.h, and what it says of ours is so.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { doors } from "../support/doors.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const page = read("docs/libdill.md");

/** As libdill.h of 2.14 declares them. */
const functions = `
go go_mem bundle_go bundle_go_mem bundle bundle_mem bundle_wait yield now msleep
hmake hquery hown hclose chmake chmake_mem chsend chrecv chdone choose
fdin fdout fdclean bsend bsendl brecv brecvl msend msendl mrecv mrecvl
ipaddr_local ipaddr_remote ipaddr_remotes ipaddr_str ipaddr_family ipaddr_len ipaddr_sockaddr ipaddr_port
ipaddr_setport ipaddr_equal
tcp_listen tcp_listen_mem tcp_accept tcp_accept_mem tcp_connect tcp_connect_mem tcp_done tcp_close
tcp_listener_fromfd tcp_listener_fromfd_mem tcp_fromfd tcp_fromfd_mem
ipc_listen ipc_listen_mem ipc_accept ipc_accept_mem ipc_connect ipc_connect_mem ipc_done ipc_close
ipc_listener_fromfd ipc_listener_fromfd_mem ipc_fromfd ipc_fromfd_mem ipc_pair ipc_pair_mem ipc_sendfd ipc_recvfd
happyeyeballs_connect
prefix_attach prefix_attach_mem prefix_detach suffix_attach suffix_attach_mem suffix_detach
term_attach term_attach_mem term_done term_detach
udp_open udp_open_mem udp_send udp_recv udp_sendl udp_recvl
http_attach http_attach_mem http_done http_detach http_sendrequest http_recvrequest http_sendstatus http_recvstatus
http_sendfield http_recvfield
tls_attach_client tls_attach_client_mem tls_attach_server tls_attach_server_mem tls_done tls_detach
dtls_attach_client dtls_attach_client_mem dtls_attach_server dtls_attach_server_mem dtls_detach
ws_attach_client ws_attach_client_mem ws_attach_server ws_attach_server_mem ws_send ws_sendl ws_recv ws_recvl
ws_done ws_detach ws_status ws_request_key ws_response_key
socks5_client_connect socks5_client_connectbyname socks5_proxy_auth socks5_proxy_recvcommand
socks5_proxy_recvcommandbyname socks5_proxy_sendreply
`
  .trim()
  .split(/\s+/);

interface Row {
  readonly theirs: readonly string[];
  readonly ours: readonly string[];
  readonly tests: readonly string[];
}

const rows = page
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line): Row => {
    const [, theirs = "", ours = "", , tests = ""] = line.split("|");
    const files = [...tests.matchAll(/`([^`]*)`/g)].map(([, file = ""]) => file);
    return { theirs: namesIn(theirs), ours: namesIn(ours), tests: files };
  });

describe("docs/libdill.md", () => {
  it("has each function of libdill.h once", () => {
    expect(rows.flatMap(({ theirs }) => theirs).toSorted()).to.deep.equal(functions.toSorted());
  });

  it("names only what the package exports", () => {
    const exported = doors.map((door) => read(`etc/${door}.api.md`)).join("\n");
    for (const name of rows.flatMap(({ ours }) => ours)) {
      expect(exported, name).to.match(new RegExp(`^export (?:declare )?function ${name}\\b`, "m"));
    }
  });

  it("leads from each function of ours to a test that calls it", () => {
    for (const { ours, tests } of rows) {
      if (ours.length === 0) continue;
      expect(tests, ours.join()).not.to.deep.equal([]);
      for (const file of tests) {
        expect(existsSync(join(root, file)), file).to.equal(true);
        expect(read(file), `${ours[0]} in ${file}`).to.match(new RegExp(`\\b${ours[0]}\\b`));
      }
    }
  });
});

/** Of the functions in a cell: without their parameters. */
function namesIn(cell: string): string[] {
  return [...cell.matchAll(/`(\w+)[^`]*`/g)].map(([, name = ""]) => name);
}

function read(file: string): string {
  return readFileSync(join(root, file), "utf8");
}
