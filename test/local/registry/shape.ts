/** The names of all fields, with those of fields within. */
export function shapeOf(value: unknown): unknown {
  return value !== null && typeof value === 'object'
    ? Object.fromEntries(Object.entries(value).map(([name, field]) => [name, shapeOf(field)]))
    : typeof value;
}
