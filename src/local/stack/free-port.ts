import { type AddressInfo, createServer } from 'node:net';
import { StackFault } from './stack-fault.ts';

/**
 * Finds out before anything is started. Several processes are to listen on the port, one after the other too, so that
 * "any free one" has to become a number first.
 * @param port 0 for any free one
 */
export async function freePort(port: number): Promise<number> {
  const probe = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once('error', reject);
      probe.listen(port, '127.0.0.1', resolve);
    });
    return (probe.address() as AddressInfo).port;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'EADDRINUSE' ? 'another program listens on it' : (error as Error).message;
    const advice = '--port N takes another one, --port 0 any free one';
    throw new StackFault(`expected port ${port} of 127.0.0.1 to be free, but ${reason}; ${advice}`);
  } finally {
    probe.close();
  }
}
