// How settings name repositories: `public/products/web`, or the beginning of some with `*` at its end.

export function matchesPattern(pattern: string, repository: string): boolean {
  return pattern.endsWith('*') ? repository.startsWith(pattern.slice(0, -1)) : repository === pattern;
}
