// Starts a command of this project on the Node it was written for, on any machine that has Node and npm.
// `node src/local/launch.mjs FILE.ts ARGS…` or `node src/local/launch.mjs TOOL ARGS…` (a command of node_modules/.bin).
// Plain JavaScript, because it has to run on older Nodes too, before anything is installed.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const say = (text) => process.stderr.write(`landfall: ${text}\n`);
const fail = (text) => {
  say(text);
  process.exit(1);
};

/** What is installed differs from the lock file: a package of it is absent or has another version. */
function isInstallNeeded() {
  const installedFile = path.join(root, 'node_modules/.package-lock.json');
  if (!existsSync(installedFile)) {
    return true;
  }
  const wanted = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(readFileSync(installedFile, 'utf8')).packages;
  return Object.entries(wanted).some(
    ([name, entry]) => name !== '' && !entry.optional && installed[name]?.version !== entry.version,
  );
}

function install() {
  say('installing packages (npm ci); the first time this takes about a minute');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const result = spawnSync(npm, args, { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  if (result.error) {
    fail(`expected npm on the PATH to install packages, got: ${result.error.message}`);
  }
  if (result.status !== 0) {
    fail(`npm ${args.join(' ')} ended with exit code ${result.status}; its message is above`);
  }
  say('packages installed');
}

/** Node 24: this one if it is, else the one that was installed as a package. */
function nodeBinary() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major === 24) {
    return process.execPath;
  }
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const packaged = path.join(root, 'node_modules', `node-${platform}-${process.arch}`, 'bin', `node${suffix}`);
  if (existsSync(packaged)) {
    return packaged;
  }
  if (major > 22 || (major === 22 && minor >= 18)) {
    return process.execPath;
  }
  return fail(`expected Node 24 (or 22.18 and later), got ${process.version}; install it from https://nodejs.org`);
}

/** A TypeScript file is run as it is; anything else is a command that a package of ours brings. */
function commandLine([command, ...args]) {
  if (command.endsWith('.ts')) {
    return ['--disable-warning=ExperimentalWarning', path.join(root, command), ...args];
  }
  return [path.join(root, 'node_modules/.bin', command), ...args];
}

if (isInstallNeeded()) {
  install();
}
const node = nodeBinary();
const environment = {
  ...process.env,
  PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH ?? ''}`,
  LANDFALL_LAUNCHER: String(process.pid),
};
const child = spawn(node, commandLine(process.argv.slice(2)), { cwd: root, stdio: 'inherit', env: environment });
// This process must not end before the child has closed. A terminal sends Ctrl-C to the child as well.
process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('error', (error) => fail(`could not start ${node}: ${error.message}`));
child.on('exit', (code, signal) => {
  process.exitCode = signal ? 1 : (code ?? 1);
});
