// Pushes as people do, with a client that knows nothing of us.
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { CLIENT_COMMAND } from './debian-packages.ts';
import type { Descriptor, ImageLayout } from './image.ts';

export interface Push {
  readonly layout: ImageLayout;
  readonly image: Descriptor;
  /** `127.0.0.1:5000/public/products/web:1.2` */
  readonly to: string;
  readonly token?: string;
}

/** The bytes that are pushed are those of the layout, so that their digest is the one known here. */
export async function push({ layout, image, to, token }: Push): Promise<void> {
  layout.point(image);
  const temporary = path.join(layout.folder, 'client');
  mkdirSync(temporary, { recursive: true });
  const args = ['copy', '--all', '--preserve-digests', '--dest-tls-verify=false'];
  const withToken = token === undefined ? [] : [`--dest-registry-token=${token}`];
  await promisify(execFile)(
    CLIENT_COMMAND,
    ['--insecure-policy', `--tmpdir=${temporary}`, ...args, ...withToken, `oci:${layout.folder}`, `docker://${to}`],
    { timeout: 50_000 },
  );
}
