/** What the person at the terminal can do something about: one sentence, and exit status 2. */
export class Problem extends Error {
  override readonly name = "Problem";
}
