// Places in a file where a value is lost, or taken for something that it is not. The node functions are those of either
// TypeScript.

const yieldIt = "add yield*";

/**
 * How an operation is misused, and what helps, for the message. A generator that is no coroutine is misused only where
 * the place drops it.
 */
const discarded = { text: "never runs", advice: yieldIt, isDrop: true };
const iterated = { text: "is iterated, not run", advice: yieldIt };
const tested = { text: "is always true as a condition", advice: yieldIt };
const printed = { text: "is turned into text, not run", advice: yieldIt };
const promised = { text: "is no promise", advice: "start it with go, and join it" };
const returned = {
  text: "is returned to a caller that drops it",
  advice: "start it with go or bundleGo",
  isDrop: true,
};

/**
 * The places of a file, each with the node whose type counts and the node to show. `given` says in what form the
 * operation is there:
 *
 *   value      it is the value itself, or may be
 *   iterable   an argument, and the parameter takes an iterable
 *   array      what an array holds
 *   result     what a function returns, and its callers expect nothing
 *   condition  the value, if it can be nothing else
 */
export function placesIn(file, ast) {
  const places = [];
  const identifiers = new Map();
  const add = (misuse, typed, shown = typed, given = "value", variable) => {
    if (typed !== undefined) places.push({ misuse, typed, shown, given, variable });
  };
  const visit = (node) => {
    if (ast.isIdentifier(node)) {
      const namesakes = identifiers.get(node.text);
      if (namesakes === undefined) identifiers.set(node.text, [node]);
      else namesakes.push(node);
      return;
    }
    for (const expression of discardedBy(node, ast)) {
      if (!isAssignment(expression, ast)) add(discarded, expression);
    }
    if (ast.isAwaitExpression(node)) add(discarded, node.expression, node);
    for (const expression of testedBy(node, ast)) {
      add(tested, expression, expression, "condition");
    }
    for (const expression of printedBy(node, ast)) add(printed, expression);
    for (const { typed, given } of promisedBy(node, ast)) add(promised, typed, typed, given);
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
        if (ast.isSpreadElement(argument)) continue;
        add(iterated, argument, argument, "iterable");
        if (isName(argument, ast)) add(returned, argument, argument, "result");
      }
    } else if (ast.isArrowFunction(node) || ast.isFunctionExpression(node)) {
      const shown = ast.isBlock(node.body) ? node : node.body;
      add(returned, node, shown, "result");
    } else if (ast.isVariableDeclaration(node) && isLocal(node, ast)) {
      const { initializer } = node;
      add(discarded, initializer, initializer, "value", node);
    }
    node.forEachChild(visit);
  };
  file.forEachChild(visit);
  return places.filter(
    ({ variable }) => variable === undefined || isUnused(variable, identifiers, ast),
  );
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

/** The expressions of which the node asks only whether they are true. */
function testedBy(node, ast) {
  if (ast.isIfStatement(node) || ast.isWhileStatement(node) || ast.isDoStatement(node)) {
    return [lastOperand(node.expression, ast)];
  }
  if (ast.isConditionalExpression(node) || ast.isForStatement(node)) {
    return node.condition === undefined ? [] : [lastOperand(node.condition, ast)];
  }
  if (ast.isPrefixUnaryExpression(node)) {
    return node.operator === ast.SyntaxKind.ExclamationToken
      ? [lastOperand(node.operand, ast)]
      : [];
  }
  return isLogical(node, ast) ? [lastOperand(node.left, ast)] : [];
}

/** Of `a && b` it is `b`: the left one is a condition of its own. */
function lastOperand(expression, ast) {
  if (ast.isParenthesizedExpression(expression)) return lastOperand(expression.expression, ast);
  return isLogical(expression, ast) ? lastOperand(expression.right, ast) : expression;
}

function isLogical(node, ast) {
  const { AmpersandAmpersandToken, BarBarToken } = ast.SyntaxKind;
  return isBinary(node, AmpersandAmpersandToken, ast) || isBinary(node, BarBarToken, ast);
}

/** The expressions that the node makes text of: no other value can be added to an operation. */
function printedBy(node, ast) {
  if (ast.isTemplateExpression(node) && !ast.isTaggedTemplateExpression(node.parent)) {
    return node.templateSpans.map(({ expression }) => expression);
  }
  if (isBinary(node, ast.SyntaxKind.PlusToken, ast)) return [node.left, node.right];
  return isBinary(node, ast.SyntaxKind.PlusEqualsToken, ast) ? [node.right] : [];
}

/** What `Promise.all` and its like wait for. */
function promisedBy(node, ast) {
  if (!ast.isCallExpression(node) || !ast.isPropertyAccessExpression(node.expression)) return [];
  const { expression: owner, name } = node.expression;
  if (!ast.isIdentifier(owner) || owner.text !== "Promise") return [];
  if (!/^(all|allSettled|any|race)$/.test(name.text)) return [];
  const [list] = node.arguments;
  if (list === undefined || !ast.isArrayLiteralExpression(list)) {
    return [{ typed: list, given: "array" }];
  }
  return list.elements.map((element) =>
    ast.isSpreadElement(element)
      ? { typed: element.expression, given: "array" }
      : { typed: element, given: "value" },
  );
}

/** A function that is handed over by its name. */
function isName(argument, ast) {
  return ast.isIdentifier(argument) || ast.isPropertyAccessExpression(argument);
}

/** A variable that only this file can use. A name that begins with _ says that nobody will. */
function isLocal(declaration, ast) {
  const { initializer, name } = declaration;
  if (initializer === undefined || !ast.isIdentifier(name) || name.text.startsWith("_"))
    return false;
  const statement = declaration.parent.parent;
  if (!ast.isVariableStatement(statement)) return false;
  const isExported = statement.modifiers?.some(({ kind }) => kind === ast.SyntaxKind.ExportKeyword);
  if (isExported) return false;
  // What a script declares outside any function is there for the other scripts.
  const { parent } = statement;
  return !ast.isSourceFile(parent) || parent.statements.some(ast.isImportDeclaration);
}

/** Whether its name is nowhere else in the block around it; a namesake counts as a use. */
function isUnused({ name, parent }, identifiers, ast) {
  const isVar = (parent.flags & ast.NodeFlags.BlockScoped) === 0;
  const { pos, end } = isVar ? name.getSourceFile() : parent.parent.parent;
  const namesakes = identifiers.get(name.text) ?? [];
  return namesakes.filter((other) => pos <= other.pos && other.end <= end).length === 1;
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
