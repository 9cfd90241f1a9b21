export type { Datagram } from "./inbound.js";
export { udpDropped, udpLocal } from "./udpLocal.js";
export { udpOpen, type UdpOptions } from "./udpOpen.js";
export { type DatagramInfo, udpRecv, udpRecvl } from "./udpRecv.js";
export { udpSend, udpSendl } from "./udpSend.js";
export type { UdpDropped, UdpSocket } from "./udpSocket.js";
