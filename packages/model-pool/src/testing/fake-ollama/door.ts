import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A listening server that can be shut, so that connections are refused, and opened again at the same address. */
export class FakeDoor {
  readonly #server: Server;
  #port: number;
  #isOpen = false;
  #turn: Promise<void> = Promise.resolve();

  private constructor(port: number, onRequest: RequestListener) {
    this.#port = port;
    this.#server = createServer({ keepAliveTimeout: 60_000 }, onRequest);
  }

  /** Listens on the loopback interface; port 0 is a free one. */
  static async open(port: number, onRequest: RequestListener): Promise<FakeDoor> {
    const door = new FakeDoor(port, onRequest);
    await door.open();
    return door;
  }

  /** Where it listens. */
  get port(): number {
    return this.#port;
  }

  /** Listens again. */
  open(): Promise<void> {
    return this.#then(async () => {
      if (this.#isOpen) return;
      await new Promise<void>((resolve, reject) => {
        this.#server.once('error', reject);
        this.#server.listen(this.#port, '127.0.0.1', () => {
          this.#server.off('error', reject);
          resolve();
        });
      });
      this.#port = (this.#server.address() as AddressInfo).port;
      this.#isOpen = true;
    });
  }

  /** Ends every connection and refuses new ones. */
  shut(): Promise<void> {
    return this.#then(async () => {
      if (!this.#isOpen) return;
      this.#isOpen = false;
      await new Promise<void>((resolve) => {
        this.#server.close(() => resolve());
        this.#server.closeAllConnections();
      });
    });
  }

  /** One change after the other. */
  #then(change: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(change);
    this.#turn = turn.catch(() => {});
    return turn;
  }
}
