/** What keeps the local stack from starting, in words for the person who started it. */
export class StackFault extends Error {
  override readonly name = 'StackFault';
}
