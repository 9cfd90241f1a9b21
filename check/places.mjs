// Places in a file where a value is lost or iterated. The node functions are those of either TypeScript.

/** How an operation is misused, for the message. */
const discarded = "never runs";
export const iterated = "is iterated, not run";

/**
 * The places of a file, each with the node whose type counts and the node to show. At an argument, an operation is
 * misused only if the parameter takes an iterable.
 */
export function placesIn(file, ast) {
  const places = [];
  const add = (misuse, typed, shown = typed, isArgument = false) => {
    if (typed !== undefined) places.push({ misuse, typed, shown, isArgument });
  };
  const visit = (node) => {
    for (const expression of discardedBy(node, ast)) {
      if (!isAssignment(expression, ast)) add(discarded, expression);
    }
    if (ast.isArrayBindingPattern(node)) {
      add(iterated, node, node.parent.initializer ?? node);
    } else if (isDestructuring(node, ast)) {
      add(iterated, node.right);
    } else if (ast.isForOfStatement(node)) {
      add(iterated, node.expression);
    } else if (ast.isSpreadElement(node)) {
      add(iterated, node.expression);
    } else if (ast.isCallExpression(node) || ast.isNewExpression(node)) {
      for (const argument of node.arguments ?? []) {
        if (!ast.isSpreadElement(argument)) add(iterated, argument, argument, true);
      }
    }
    node.forEachChild(visit);
  };
  file.forEachChild(visit);
  return places;
}

/** The expressions whose values the node drops. `void` is the way to drop one on purpose. */
function discardedBy(node, ast) {
  if (ast.isExpressionStatement(node)) return [node.expression];
  if (isBinary(node, ast.SyntaxKind.CommaToken, ast)) return [node.left];
  if (!ast.isForStatement(node)) return [];
  const { initializer, incrementor } = node;
  const isExpression = initializer !== undefined && !ast.isVariableDeclarationList(initializer);
  return [isExpression ? initializer : undefined, incrementor].filter(Boolean);
}

/** `operation = msleep(…);` keeps it. */
function isAssignment(expression, ast) {
  if (!ast.isBinaryExpression(expression)) return false;
  const { kind } = expression.operatorToken;
  return kind >= ast.SyntaxKind.FirstAssignment && kind <= ast.SyntaxKind.LastAssignment;
}

/**
 * `[x] = operation`. Patterns further inside, as in `[[x]] = [operation]`, are left out: no TypeScript tells the types
 * of their values.
 */
function isDestructuring(node, ast) {
  return isBinary(node, ast.SyntaxKind.EqualsToken, ast) && ast.isArrayLiteralExpression(node.left);
}

function isBinary(node, operator, ast) {
  return ast.isBinaryExpression(node) && node.operatorToken.kind === operator;
}
