// Bytes with descriptors beside them: sendmsg(2) and recvmsg(2) with SCM_RIGHTS.
//
// The kernel never reads past a message that has descriptors: what one read brings with them ends where they belong.
import type { Arrival, Descriptors } from "../native/native.js";
import { failureOfNumber } from "./errnoOf.js";
import type { NativeCalls } from "./native.js";

export type MessageCalls = Pick<Descriptors, "send" | "read">;

const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const MSG_CTRUNC = 0x8;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const MSG_CMSG_CLOEXEC = 0x40000000;
const EAGAIN = 11;
const EINTR = 4;

/** struct cmsghdr: its length in 64 bits, level and type; then the data, which end at a multiple of 8. */
const controlHeader = 16;
/** The most that one read takes. */
const dataLength = 65536;
/** SCM_MAX_FD is 253; besides there may be credentials and the like. */
const controlLength = 2048;

/*
 * One piece of memory for all of it:
 *
 *   0 msghdr         name, its length, 16: iovec's place, 24: 1, 32: control's place, 40: its length, 48: flags
 *   64 iovec         64: the data's place, 72: their length
 *   128 control
 *   128 + controlLength: data
 */
const iovecAt = 64;
const controlAt = 128;
const dataAt = controlAt + controlLength;

export function messageCalls(calls: NativeCalls): MessageCalls {
  const sendmsg = calls.find("sendmsg", "int64", ["int32", "uint64", "int32"]);
  const recvmsg = calls.find("recvmsg", "int64", ["int32", "uint64", "int32"]);
  const { pointer, bytes } = calls.allocate(dataAt + dataLength);
  const data = bytes.subarray(dataAt);
  bytes.writeBigUInt64LE(pointer + BigInt(iovecAt), 16);
  bytes.writeBigUInt64LE(1n, 24);
  bytes.writeBigUInt64LE(pointer + BigInt(controlAt), 32);
  bytes.writeBigUInt64LE(pointer + BigInt(dataAt), iovecAt);

  function prepare(length: number, ofControl: number): void {
    bytes.writeBigUInt64LE(BigInt(length), iovecAt + 8);
    bytes.writeBigUInt64LE(BigInt(ofControl), 40);
    bytes.writeInt32LE(0, 48);
  }

  return {
    send(socket, byte, fd) {
      data[0] = byte;
      prepare(1, controlHeader + 8);
      bytes.writeBigUInt64LE(BigInt(controlHeader + 4), controlAt);
      bytes.writeInt32LE(SOL_SOCKET, controlAt + 8);
      bytes.writeInt32LE(SCM_RIGHTS, controlAt + 12);
      bytes.writeInt32LE(fd, controlAt + controlHeader);
      if (Number(sendmsg(socket, pointer, MSG_DONTWAIT | MSG_NOSIGNAL)) === 1) return "sent";
      const errno = calls.errno();
      return isForLater(errno) ? "full" : failureOfNumber(errno, "sendmsg");
    },

    read(socket): ReturnType<Descriptors["read"]> {
      prepare(dataLength, controlLength);
      const length = Number(recvmsg(socket, pointer, MSG_DONTWAIT | MSG_CMSG_CLOEXEC));
      if (length < 0) {
        const errno = calls.errno();
        return isForLater(errno) ? "empty" : failureOfNumber(errno, "recvmsg");
      }
      const used = Number(bytes.readBigUInt64LE(40));
      const control = bytes.subarray(controlAt, controlAt + used);
      const isCut = (bytes.readInt32LE(48) & MSG_CTRUNC) !== 0;
      const arrival: Arrival = { buffer: data, length, descriptors: rightsIn(control), isCut };
      return arrival;
    },
  };
}

function isForLater(errno: number): boolean {
  return errno === EAGAIN || errno === EINTR;
}

/** All descriptors in the control data: they are open, whatever becomes of them. */
function rightsIn(control: Buffer): number[] {
  const found: number[] = [];
  for (let at = 0; at + controlHeader <= control.length; ) {
    const length = Number(control.readBigUInt64LE(at));
    if (length < controlHeader) break;
    const isRights =
      control.readInt32LE(at + 8) === SOL_SOCKET && control.readInt32LE(at + 12) === SCM_RIGHTS;
    if (isRights) found.push(...numbersIn(control.subarray(at + controlHeader, at + length)));
    at += Math.ceil(length / 8) * 8;
  }
  return found;
}

function numbersIn(data: Buffer): number[] {
  const count = Math.floor(data.length / 4);
  return Array.from({ length: count }, (_, i) => data.readInt32LE(4 * i));
}
