const SLAB_BYTES = 16 * 1024;
const SHARED_BYTES_MAX = 2 * 1024;

/**
 * Copies messages, small ones next to each other into slabs: a buffer of its own for each would cost far more than the
 * copying. A slab is freed with the last message in it.
 */
export class ByteArena {
  #slab = new Uint8Array(SLAB_BYTES);
  #used = 0;

  copy(bytes: Uint8Array): Uint8Array {
    const size = bytes.length;
    if (size > SHARED_BYTES_MAX) {
      const own = new Uint8Array(size);
      own.set(bytes);
      return own;
    }
    if (this.#used + size > SLAB_BYTES) {
      this.#slab = new Uint8Array(SLAB_BYTES);
      this.#used = 0;
    }
    const from = this.#used;
    this.#used += size;
    this.#slab.set(bytes, from);
    return new Uint8Array(this.#slab.buffer, from, size);
  }
}
