// As much of the protobuf wire format as OTLP needs (https://protobuf.dev/programming-guides/encoding/), written from the
// format: what the SDK sends is not read by the SDK's own code.

/** A message's fields by number: numbers as they are in a varint, bytes for everything else. */
export class Message {
  readonly #fields = new Map<number, (Buffer | number)[]>();

  constructor(bytes: Buffer) {
    let offset = 0;
    const varint = (): number => {
      let value = 0;
      for (let shift = 0; ; shift += 7) {
        const byte = bytes.readUInt8(offset);
        offset += 1;
        value += (byte & 0x7f) * 2 ** shift;
        if (byte < 0x80) {
          return value;
        }
      }
    };
    const take = (length: number): Buffer => {
      offset += length;
      return bytes.subarray(offset - length, offset);
    };
    while (offset < bytes.length) {
      const key = varint();
      const field = key >>> 3;
      const type = key & 7;
      const value = type === 0 ? varint() : take(type === 1 ? 8 : type === 5 ? 4 : varint());
      this.#fields.set(field, [...(this.#fields.get(field) ?? []), value]);
    }
  }

  has(field: number): boolean {
    return this.#fields.has(field);
  }

  messages(field: number): readonly Message[] {
    return this.#bytes(field).map((bytes) => new Message(bytes));
  }

  message(field: number): Message {
    return this.messages(field)[0] ?? new Message(Buffer.alloc(0));
  }

  text(field: number): string {
    return this.#bytes(field)[0]?.toString('utf8') ?? '';
  }

  number(field: number): number {
    return Number(this.#fields.get(field)?.[0] ?? 0);
  }

  double(field: number): number {
    return this.#bytes(field)[0]?.readDoubleLE() ?? 0;
  }

  fixed64(field: number): number {
    return Number(this.#bytes(field)[0]?.readBigInt64LE() ?? 0);
  }

  /** Packed, eight bytes each. */
  packed(field: number, read: (bytes: Buffer) => number): readonly number[] {
    const bytes = Buffer.concat(this.#bytes(field));
    return Array.from({ length: bytes.length / 8 }, (_, index) => read(bytes.subarray(index * 8, index * 8 + 8)));
  }

  #bytes(field: number): readonly Buffer[] {
    return (this.#fields.get(field) ?? []).filter((value) => typeof value !== 'number');
  }
}
