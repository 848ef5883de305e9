// What the bench runs: the app as it is deployed, an empty app bundled the same way, and the host as one file.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { buildBundle, root } from '../src/local/build.ts';

export interface Bundles {
  readonly app: string;
  readonly emptyApp: string;
  /** Of bench/app-process.ts. */
  readonly host: string;
  readonly hostJson: string;
}

/** In a folder that goes when this process ends. */
export async function buildBundles(): Promise<Bundles> {
  const folder = mkdtempSync(path.join(tmpdir(), 'landfall-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const at = (...names: string[]) => path.join(folder, ...names);
  await buildBundle(at('app'));
  await buildOne('bench/empty-app.ts', at('empty-app'));
  await buildOne('bench/app-process.ts', at('host'));
  return {
    app: at('app', 'main.js'),
    emptyApp: at('empty-app', 'main.js'),
    host: at('host', 'main.js'),
    hostJson: path.join(root, 'host.json'),
  };
}

/** With the options of `buildBundle`, which builds src/main.ts only. */
async function buildOne(entry: string, folder: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: { main: entry },
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    mainFields: ['module', 'main'],
    external: ['@azure/functions-core'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'warning',
  });
}
