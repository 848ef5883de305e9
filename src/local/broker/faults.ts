/** An AMQP error: the condition decides the error code of the SDK and whether it retries, the description is read by people. */
export interface Fault {
  readonly condition: string;
  readonly description: string;
}

export function isFault(value: object | number | undefined): value is Fault {
  return typeof value === 'object' && 'condition' in value;
}

/** The SDK knows this fault by its wording: only so it becomes `MessagingEntityNotFound`, which is not retried. */
export function entityNotFound(address: string, why: string): Fault {
  return {
    condition: 'amqp:not-found',
    description: `The messaging entity '${address}' could not be found: ${why}.`,
  };
}

export const lockLost: Fault = {
  condition: 'com.microsoft:message-lock-lost',
  description: 'Expected the token of a lock that is held, got one that expired, was settled or never was.',
};

export function sessionLockLost(sessionId: string): Fault {
  return {
    condition: 'com.microsoft:session-lock-lost',
    description: `Expected a lock on session '${sessionId}', got none: it expired, or was never taken.`,
  };
}

export function sessionCannotBeLocked(sessionId: string): Fault {
  return {
    condition: 'com.microsoft:session-cannot-be-locked',
    description: `Expected session '${sessionId}' to be free, got one that another receiver has locked.`,
  };
}

/** What the SDK's `acceptNextSession` reports, after its retries, as `ServiceTimeout`. */
export const noSessionInTime: Fault = {
  condition: 'com.microsoft:timeout',
  description: 'Expected a session with messages that no receiver has locked, got none in time.',
};

export function notAllowed(description: string): Fault {
  return { condition: 'amqp:not-allowed', description };
}

/** Part of Service Bus, not part of the local broker. */
export function notImplemented(what: string): Fault {
  return { condition: 'amqp:not-implemented', description: `The local broker does not support ${what}.` };
}

export function badArgument(description: string): Fault {
  return { condition: 'com.microsoft:argument-error', description };
}

export function messageTooLarge(sizeBytes: number, limitBytes: number): Fault {
  return {
    condition: 'amqp:link:message-size-exceeded',
    description: `Expected a message of at most ${limitBytes} bytes, got ${sizeBytes}.`,
  };
}

export const shuttingDown: Fault = {
  condition: 'amqp:connection:forced',
  description: 'The local broker is closing.',
};
