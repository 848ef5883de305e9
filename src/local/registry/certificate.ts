import { generate } from 'selfsigned';

const DAY_MS = 86_400_000;
/** A stack may run for long, and makes a new one when it starts again. */
const VALID_DAYS = 3_650;

export interface Certificate {
  /** PEM; it has signed itself, so it is what a client has to trust. */
  readonly cert: string;
  readonly key: string;
}

/** For servers on loopback. */
export async function newCertificate(now: number): Promise<Certificate> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'Landfall on this machine' }], {
    ...{ keyType: 'ec', curve: 'P-256', algorithm: 'sha256' },
    ...{ notBeforeDate: new Date(now - DAY_MS), notAfterDate: new Date(now + VALID_DAYS * DAY_MS) },
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  return { cert, key };
}
