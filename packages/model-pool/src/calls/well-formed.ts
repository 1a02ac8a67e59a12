const half = /[\ud800-\udfff]/;

/** Makes pieces of a text well-formed: half a surrogate pair at the end waits for its other half, a lone one becomes U+FFFD. */
export class WellFormedText {
  #held = '';

  /** The piece as it can be sent on; may be empty. */
  push(piece: string): string {
    // Nearly all pieces: plain letters.
    if (this.#held === '' && !half.test(piece)) return piece;
    let text = this.#held + piece;
    this.#held = '';
    const last = text.charCodeAt(text.length - 1);
    if (last >= 0xd800 && last <= 0xdbff) {
      this.#held = text.slice(-1);
      text = text.slice(0, -1);
    }
    return text.replace(/\p{Surrogate}/gu, '\uFFFD');
  }

  /** What was still held back. */
  end(): string {
    const isHeld = this.#held !== '';
    this.#held = '';
    return isHeld ? '\uFFFD' : '';
  }
}
