// Constraints of route parameters, `{id:int}`, read as .NET reads the values.

interface Constraint {
  accepts(text: string): boolean;
  /** Enough values that any two constraints with a value in common have one of these in common. */
  samples: readonly string[];
}

const isInteger = (text: string, bits: number): boolean =>
  /^[+-]?\d+$/.test(text) && BigInt.asIntN(bits, BigInt(text.replace('+', ''))) === BigInt(text.replace('+', ''));

export const CONSTRAINTS = {
  int: { accepts: (text) => isInteger(text, 32), samples: ['0'] },
  long: { accepts: (text) => isInteger(text, 64), samples: ['0'] },
  bool: { accepts: (text) => /^(?:true|false)$/i.test(text), samples: ['true'] },
  alpha: { accepts: (text) => /^[a-z]+$/i.test(text), samples: ['a'] },
  guid: {
    accepts: (text) => /^(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i.test(text),
    samples: ['0'.repeat(32), 'a'.repeat(32)],
  },
} satisfies Record<string, Constraint>;

export type ConstraintName = keyof typeof CONSTRAINTS;

export const isConstraintName = (name: string): name is ConstraintName => Object.hasOwn(CONSTRAINTS, name);
