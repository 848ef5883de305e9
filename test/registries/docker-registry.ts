// A real registry that stands in for one replica: its own process, folder and port, over TLS.
// https://distribution.github.io/distribution/about/configuration/
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Certificate } from '../../src/local/registry/certificate.ts';
import { REGISTRY_COMMAND } from './debian-packages.ts';

export interface TokenRules {
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  /** Whose tokens are taken. */
  readonly trusted: Certificate;
}

export interface RegistryOptions {
  /** For its files; what it stored there before is there again. */
  readonly folder: string;
  readonly certificate: Certificate;
  /** Everybody may do everything unless given. */
  readonly tokens?: TokenRules;
}

export class DockerRegistry {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly #process: ChildProcess;

  static async start(options: RegistryOptions): Promise<DockerRegistry> {
    const started = spawn(REGISTRY_COMMAND, ['serve', writeConfiguration(options)], {
      stdio: ['ignore', 'ignore', 'pipe'],
      // Its exporter of traces would look for a collector on this machine.
      env: { PATH: process.env['PATH'], OTEL_TRACES_EXPORTER: 'none' },
    });
    return new DockerRegistry(started, await addressOf(started));
  }

  private constructor(started: ChildProcess, host: string) {
    this.#process = started;
    this.host = host;
  }

  /** From then on its port takes no connection. */
  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const exited = once(this.#process, 'exit');
      this.#process.kill('SIGKILL');
      await exited;
    }
  }
}

/** Told on its log; it is asked for any free port. */
async function addressOf(started: ChildProcess): Promise<string> {
  const told = Promise.withResolvers<string>();
  let log = '';
  started.stderr?.setEncoding('utf8').on('data', (text: string) => {
    // What comes later is read too, so that the process never waits for somebody to read its log.
    log = (log + text).slice(-20_000);
    const host = /listening on (127\.0\.0\.1:\d+)/.exec(log)?.[1];
    if (host !== undefined) {
      told.resolve(host);
    }
  });
  started.once('error', told.reject);
  started.once('exit', () => told.reject(new Error(`Expected a registry to start, got: ${log}`)));
  return await told.promise;
}

function writeConfiguration({ folder, certificate, tokens }: RegistryOptions): string {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, text: string) => {
    const file = path.join(folder, name);
    writeFileSync(file, text);
    return file;
  };
  const { realm, service, issuer } = tokens ?? {};
  const rootcertbundle = tokens && write('trusted.pem', tokens.trusted.cert);
  // JSON is YAML too.
  return write(
    'config.yml',
    JSON.stringify({
      version: '0.1',
      log: { level: 'info' },
      storage: { filesystem: { rootdirectory: path.join(folder, 'storage') } },
      http: {
        addr: '127.0.0.1:0',
        secret: 'only for this test',
        tls: { certificate: write('cert.pem', certificate.cert), key: write('key.pem', certificate.key) },
      },
      ...(tokens && { auth: { token: { realm, service, issuer, rootcertbundle } } }),
    }),
  );
}
