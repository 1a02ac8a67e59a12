/** Text of an answer on its way out. */
export interface PieceStream {
  add(text: string, isThinking: boolean): void;
}

/** Leaves out the white space around thinking: it belongs to the template, not to what is thought or said. */
export function createPieceStream(onPiece: (text: string, isThinking: boolean) => void): PieceStream {
  let isAfterThinking = false;
  let isAtStart = false; // of what is thought, or of what is said after it
  return {
    add(text, isThinking) {
      if (isThinking !== isAfterThinking) {
        isAfterThinking = isThinking;
        isAtStart = true;
      }
      const kept = isAtStart ? text.trimStart() : text;
      if (kept === '') return;
      isAtStart = false;
      onPiece(kept, isThinking);
    },
  };
}
