// What is a fault, whichever TypeScript tells the types.

/** Types whose values do nothing until somebody runs them. */
const lazyTypes = new Set(["Operation", "Coroutine", "Generator"]);
const silencer = /\/\/ not yielded on purpose\b/;

/** The lazy type by one of these names, for the message. */
export function lazyType(names) {
  const name = names.find((candidate) => lazyTypes.has(candidate));
  if (name === undefined) return undefined;
  return name === "Operation" ? "an Operation" : `a ${name}`;
}

/** `operation = msleep(…);` keeps it. */
export function isAssignment(expression, { isBinaryExpression, SyntaxKind }) {
  if (!isBinaryExpression(expression)) return false;
  const { kind } = expression.operatorToken;
  return kind >= SyntaxKind.FirstAssignment && kind <= SyntaxKind.LastAssignment;
}

/** Whether a comment says that it was meant: on the line, or alone on the one above. */
export function isSilenced({ text, offset }) {
  const lines = text.split("\n");
  const line = text.slice(0, offset).split("\n").length - 1;
  const above = (lines[line - 1] ?? "").trim();
  return silencer.test(lines[line]) || (above.startsWith("//") && silencer.test(above));
}
