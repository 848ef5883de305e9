// Small images, made here byte by byte and laid out as a client that pushes wants them.
// https://github.com/opencontainers/image-spec/blob/main/image-layout.md
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

export class ImageLayout {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(path.join(folder, 'blobs', 'sha256'), { recursive: true });
    writeFileSync(path.join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  }

  /** An image for one platform, whose only file holds this text. */
  image(text: string, architecture = 'amd64'): Descriptor {
    const layer = tar('release.txt', Buffer.from(text));
    const zipped = gzipSync(layer);
    const config = this.#blob('application/vnd.oci.image.config.v1+json', {
      ...{ architecture, os: 'linux', config: {} },
      rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
    });
    const layers = [this.#blob('application/vnd.oci.image.layer.v1.tar+gzip', zipped)];
    return this.#blob(MANIFEST, { schemaVersion: 2, mediaType: MANIFEST, config, layers });
  }

  /** One for two platforms. */
  multiPlatformImage(text: string): Descriptor {
    const manifests = ['amd64', 'arm64'].map((architecture) => ({
      ...this.image(`${text} on ${architecture}`, architecture),
      platform: { architecture, os: 'linux' },
    }));
    return this.#blob(INDEX, { schemaVersion: 2, mediaType: INDEX, manifests });
  }

  /** What the client will push. */
  point(to: Descriptor): void {
    writeFileSync(path.join(this.folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [to] }));
  }

  #blob(mediaType: string, content: Buffer | object): Descriptor {
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
    const digest = digestOf(bytes);
    writeFileSync(path.join(this.folder, 'blobs', ...digest.split(':')), bytes);
    return { mediaType, digest, size: bytes.length };
  }
}

export function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** An archive of one file. https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html (ustar) */
function tar(name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(512);
  const put = (at: number, text: string) => header.write(text, at, 'ascii');
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0');
  put(0, name);
  put(100, '0000644\0');
  put(108, '0000000\0');
  put(116, '0000000\0');
  put(124, `${octal(content.length, 11)}\0`);
  put(136, `${octal(0, 11)}\0`);
  put(148, '        ');
  put(156, '0');
  put(257, 'ustar\x0000');
  put(
    148,
    `${octal(
      header.reduce((sum, byte) => sum + byte, 0),
      6,
    )}\0 `,
  );
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  return Buffer.concat([header, content, padding, Buffer.alloc(1024)]);
}
