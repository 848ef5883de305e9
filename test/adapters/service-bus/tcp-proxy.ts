// A TCP proxy on loopback that can do to a connection what networks do.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export class TcpProxy {
  /** How many connections were accepted. */
  accepted = 0;
  /** A new connection is accepted and nothing on it is ever answered. */
  isSilent = false;
  /** The next connection on which the client sends this is dropped there and then; once. */
  cutAt: string | undefined;
  readonly #target: number;
  readonly #frozen = new WeakSet<Socket>();
  readonly #sockets = new Set<Socket>();
  #server: Server;
  #port = 0;

  private constructor(target: number) {
    this.#target = target;
    this.#server = this.#create();
  }

  static async start(target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    await proxy.#listen();
    return proxy;
  }

  get port(): number {
    return this.#port;
  }

  /** Sockets, on both sides. */
  get openCount(): number {
    return this.#sockets.size;
  }

  /** Drops all connections and refuses new ones. */
  async goDown(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.drop();
    await closed;
  }

  /** Listens again, on the same port. */
  async comeBack(): Promise<void> {
    this.#server = this.#create();
    await this.#listen();
  }

  /** Drops all connections, without a word. */
  drop(): void {
    for (const socket of this.#sockets) {
      socket.destroy();
    }
  }

  /** The connections there are stay open and carry nothing any more; new ones work. */
  freeze(): void {
    for (const socket of this.#sockets) {
      this.#frozen.add(socket);
    }
  }

  #create(): Server {
    return createServer((client) => {
      this.accepted += 1;
      this.#keep(client);
      if (this.isSilent) {
        return;
      }
      const broker = connect(this.#target, '127.0.0.1');
      this.#keep(broker);
      client.on('data', (bytes) => {
        if (this.cutAt !== undefined && bytes.includes(this.cutAt)) {
          this.cutAt = undefined;
          client.destroy();
        } else if (!this.#frozen.has(client)) {
          broker.write(bytes);
        }
      });
      broker.on('data', (bytes) => {
        if (!this.#frozen.has(broker)) {
          client.write(bytes);
        }
      });
      client.on('close', () => broker.destroy());
      broker.on('close', () => client.destroy());
    });
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => {});
  }

  async #listen(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }
}
