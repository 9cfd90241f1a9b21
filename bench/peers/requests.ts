// What is asked by HTTP, and a client that asks: the same for ours and for Node.
import { once } from "node:events";
import { connect } from "node:net";

const start = [
  "GET /index.html HTTP/1.1",
  "Host: localhost",
  "Connection: keep-alive",
  "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
  "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
  "Accept-Encoding: gzip, deflate, br",
  "Accept-Language: en-US,en;q=0.9",
  "Cache-Control: max-age=0",
  "Cookie: session=",
].join("\r\n");

/** As a browser asks, in 529 bytes. */
export const requestHead = `${start.padEnd(525, "x")}\r\n\r\n`;
export const fieldCount = 8;
export const resource = "/index.html";
export const host = "localhost";

/** So many heads are sent at once, where nobody waits for an answer. */
export const headsPerWrite = 64;

const answerStart = Buffer.from("HTTP/1.1 200 OK\r\n");
const answerEnd = Buffer.from("\r\n\r\n");

/** Asks n times on one connection, each time when the last answer is there; returns how many were right. */
export async function askByHand(port: number, n: number): Promise<number> {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  await once(socket, "connect");
  const request = Buffer.from(requestHead);
  let answer: Buffer = Buffer.alloc(0);
  let [i, right] = [0, 0];
  await new Promise<void>((resolve, reject) => {
    socket.on("error", reject);
    socket.on("data", (chunk) => {
      answer = answer.length === 0 ? chunk : Buffer.concat([answer, chunk]);
      if (!answer.subarray(-answerEnd.length).equals(answerEnd)) return;
      if (answer.subarray(0, answerStart.length).equals(answerStart)) right += 1;
      answer = Buffer.alloc(0);
      i += 1;
      if (i < n) socket.write(request);
      else resolve();
    });
    socket.write(request);
  });
  socket.destroy();
  return right;
}
