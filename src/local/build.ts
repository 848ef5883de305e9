// npm run build: src/main.ts -> dist/, what is deployed. Code that a cold webhook does not need stays in chunks of its
// own, loaded when first needed.
import { rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

export const root = path.resolve(import.meta.dirname, '../..');

/** @param folder emptied first */
export async function buildBundle(folder: string): Promise<{ readonly file: string; readonly bytes: number }[]> {
  rmSync(folder, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['src/main.ts'],
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    // By `main` the Service Bus SDK is CommonJS, and the packages it shares with the others would be in twice.
    mainFields: ['module', 'main'],
    // The Functions worker provides this one.
    external: ['@azure/functions-core'],
    // Packages that are CommonJS inside call require.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    sourcemap: true,
    sourcesContent: false,
    metafile: true,
    logLevel: 'warning',
  });
  return Object.entries(metafile.outputs)
    .filter(([file]) => file.endsWith('.js'))
    .map(([file, { bytes }]) => ({ file, bytes }));
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { out: { type: 'string', default: 'dist' } } });
  for (const { file, bytes } of await buildBundle(path.resolve(root, values.out))) {
    console.log(`${file}  ${Math.round(bytes / 1024)} KiB`);
  }
}
