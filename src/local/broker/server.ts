import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import rhea, { type Connection, type Container, type EventContext } from 'rhea';
import { shuttingDown } from './faults.ts';
import type { Links } from './links.ts';

/** Loopback only: the broker accepts SASL ANONYMOUS (rhea's default) and any token. */
const HOST = '127.0.0.1';
/** How long clients have to answer when the broker closes its connections. */
const FAREWELL_MS = 500;

const CONTAINER_OPTIONS = {
  id: 'landfall-local-broker',
  max_frame_size: 65_536,
  channel_max: 1_000,
  idle_time_out: 120_000,
  // Every disposition and all credit is decided here, none by rhea.
  treat_modified_as_released: false,
  autoaccept: false,
  autosettle: false,
  credit_window: 0,
};

/** The end of the wire: TCP, AMQP connections and what happens when they end. */
export class AmqpServer {
  readonly #server: Server;
  readonly #connections = new Set<Connection>();
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, container: Container) {
    this.#server = server;
    server.on('connection', (socket) => {
      socket.setNoDelay(true);
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    container.on('connection_open', ({ connection }: EventContext) => this.#connections.add(connection));
    container.on('connection_close', ({ connection }: EventContext) => this.#connections.delete(connection));
    container.on('disconnected', ({ connection }: EventContext) => this.#connections.delete(connection));
  }

  /** Rejects if the port is taken. */
  static async listen(port: number, links: Links): Promise<AmqpServer> {
    const container = rhea.create_container(CONTAINER_OPTIONS);
    connect(container, links);
    const server = container.listen({ host: HOST, port });
    await once(server, 'listening');
    return new AmqpServer(server, container);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /**
   * Clients reconnect after either way: after the polite one because of the error that it gives (without one the SDK
   * would wait for ever), after the hard one because TCP is gone, as when the process is killed.
   */
  async close(hard: boolean): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    if (!hard) {
      for (const connection of this.#connections) {
        connection.close(shuttingDown);
      }
      await this.#farewell();
    }
    for (const socket of this.#sockets) {
      socket.destroy();
    }
    await closed;
  }

  async #farewell(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, FAREWELL_MS);
    await Promise.race([promise, Promise.all([...this.#sockets].map((socket) => once(socket, 'close')))]);
    clearTimeout(timer);
  }
}

function connect(container: Container, links: Links): void {
  container.on('receiver_open', ({ receiver }: EventContext) => receiver && links.openReceiver(receiver));
  container.on('sender_open', ({ sender }: EventContext) => sender && links.openSender(sender));
  container.on('message', (context: EventContext) => links.receive(context));
  container.on('sender_close', ({ sender }: EventContext) => links.end((other) => other === sender));
  container.on('session_close', ({ session }: EventContext) => links.end((other) => other.session === session));
  for (const ending of ['connection_close', 'disconnected']) {
    container.on(ending, ({ connection }: EventContext) => links.end((other) => other.connection === connection));
  }
  // A client that ends something with an error: the end itself is handled above.
  for (const ending of ['sender_error', 'receiver_error', 'session_error', 'connection_error']) {
    container.on(ending, () => {});
  }
  // What fails in this process or can't be read from a client costs that client its connection; here is why.
  for (const fault of ['error', 'protocol_error']) {
    container.on(fault, (error: unknown) => console.error('local broker: a connection was closed:', error));
  }
}
