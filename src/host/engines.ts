// How many engines of the system's own are at work, which go on in real time: those of TLS. A simulated clock lets them have their
// turn before it moves.
let open = 0;

export function engineOpens(): void {
  open += 1;
}

export function engineCloses(): void {
  open -= 1;
}

export function openEngines(): number {
  return open;
}
