// The print-out of a run, as text: the last lines of it, and those around what was chosen.

/** One thing that has happened: when, what, and what was chosen there. */
export interface Line {
  readonly at: number;
  text: string;
  mark: string;
}

/** At most so many of the lines. `dropped`: how many there were before. */
export function printed(all: readonly Line[], dropped: number, most: number): string[] {
  const lines = folded(all);
  const places = shown(lines, most);
  const width = places
    .map((place) => lines[place]?.text.length ?? 0)
    .filter((length) => length < 90)
    .reduce((widest, length) => Math.max(widest, length), 0);
  const body: string[] = [];
  let next = 0;
  for (const place of places) {
    const line = lines[place];
    if (line === undefined) continue;
    if (place > next) body.push(`  … ${place - next} lines`);
    next = place + 1;
    const time = `${round(line.at)} ms`.padStart(11);
    body.push(`${time}  ${line.mark === "" ? line.text : line.text.padEnd(width) + line.mark}`);
  }
  const head = dropped === 0 ? [] : [`  … ${dropped} lines before that`];
  return [...head, ...body];
}

/** Of equal events in a row only the last one stays, with their number. */
function folded(lines: readonly Line[]): readonly Line[] {
  const result: Line[] = [];
  let count = 1;
  for (const [i, line] of lines.entries()) {
    const next = lines[i + 1];
    const isSame = next?.text === line.text && next.at === line.at && line.mark === "";
    if (isSame && line.text.startsWith(" ")) {
      count += 1;
      continue;
    }
    result.push(count === 1 ? line : { ...line, text: `${line.text} (${count} times)` });
    count = 1;
  }
  return result;
}

/** How many lines around each choice are shown. */
const around = 4;

/** The places of the lines that are shown, in order. */
function shown(lines: readonly Line[], most: number): readonly number[] {
  if (lines.length <= most) return lines.map((_, place) => place);
  const places = new Set<number>();
  for (const [place, { mark }] of lines.entries()) {
    if (mark === "" || places.size > most / 2) continue;
    for (let near = place - around; near <= place + around; near++) {
      if (near >= 0 && near < lines.length) places.add(near);
    }
  }
  for (let place = lines.length - 1; places.size < most && place >= 0; place--) places.add(place);
  return [...places].toSorted((a, b) => a - b);
}

function round(time: number): number {
  return Math.round(time * 1000) / 1000;
}
